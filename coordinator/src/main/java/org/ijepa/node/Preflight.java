package org.ijepa.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.coordinator.DamagedCheckpoint;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.SignOfLife;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.Gpus.Gpu;
import org.ijepa.run.EventLog;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.Settings;
import org.ijepa.source.SourceException;
import org.ijepa.store.StoreException;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;

/** What would fail later, found out before the first step and said in one line. */
final class Preflight {
  /** Begins the name of a decoder that has libjpeg-turbo. */
  private static final String TURBO = "turbojpeg";

  private static final double GIB = 1L << 30;

  /** How far an estimate of a step's memory may be above what it takes. */
  private static final double ABOVE = 1.25;

  private static final Duration LOOK = Duration.ofMillis(250);

  private Preflight() {}

  /**
   * Refuses a micro-batch that the memory of this machine, or of its GPUs, cannot hold.
   *
   * @param found whether the micro-batch is one that was found to fit a GPU, which counts more than
   *     an estimate; one that was found elsewhere may still be too large by far
   */
  static void memory(Settings settings, Devices devices, boolean found) {
    int trainers = settings.cluster().trainers();
    double step = Models.stepBytes(settings) / (found && devices.areGpus() ? ABOVE : 1);
    double copy = Models.copyBytes(settings);
    for (Gpu gpu : devices.gpus().subList(0, devices.areGpus() ? trainers : 0)) {
      fits(settings, "a trainer", step, gpu.bytes(), "in the GPU (" + gpu.name() + ")");
    }
    fits(
        settings,
        trainers == 1 ? "a trainer" : trainers + " trainers",
        trainers * (devices.areGpus() ? copy : step + copy),
        HostMemory.available(),
        "free");
  }

  private static void fits(Settings settings, String who, double needed, long has, String where) {
    if (needed > has) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          String.format(
              Locale.ROOT,
              "%s with micro-batches of %d images: about %.1f GiB are needed, %.1f GiB are %s",
              who,
              settings.optimization().microBatch(),
              needed / GIB,
              has / GIB,
              where),
          "lower optimization.micro-batch, set optimization.activation-checkpointing = true, or take"
              + " a smaller model.encoder");
    }
  }

  /**
   * Refuses to begin where two checkpoints have no room, or the files on their way to where they
   * go.
   *
   * @param folder of the run, through which they go
   */
  static void disk(Path folder, CheckpointStore checkpoints, Layout layout) throws IOException {
    double network = (double) Float.BYTES * layout.size();
    double checkpoint = 3 * network + (double) Float.BYTES * layout.targetSize();
    boolean isRemote = checkpoints.uri().startsWith("s3://");
    if (!isRemote) {
      room("two checkpoints need", 2 * checkpoint, Path.of(checkpoints.uri()));
    }
    room("files of checkpoints, on their way, need", network, folder);
  }

  private static void room(String what, double bytes, Path folder) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < bytes) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          String.format(
              Locale.ROOT,
              "%s %.2f GiB, %s has %.2f GiB free",
              what,
              bytes / GIB,
              folder,
              free / GIB),
          "free space, or give another --out or checkpoint.uri");
    }
  }

  /**
   * Refuses to begin anew, over the records of a run, where there is no checkpoint of it: a wrong
   * {@code checkpoint.uri}, or a disk that is not there, must not cost them.
   *
   * @param folder of the run
   */
  static void lostNothing(Path folder, CheckpointStore checkpoints) throws IOException {
    if (!Files.exists(RunFolder.ledger(folder))
        || !Files.exists(RunFolder.events(folder))
        || !checkpoints.complete().isEmpty()) {
      return;
    }
    Optional<Happening> last =
        EventLog.read(RunFolder.events(folder)).stream()
            .map(RunEvent::what)
            .filter(CheckpointStored.class::isInstance)
            .reduce((earlier, later) -> later);
    if (last.isPresent()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "%s holds the records of a run (its last: %s), but there is no checkpoint in %s"
              .formatted(folder, last.get().text(), checkpoints.uri()),
          "see to it that checkpoint.uri is what it was (%s tells); to begin anew, give another --out"
              .formatted(RunFolder.resolvedConfiguration(folder)));
    }
  }

  /** A data source that cannot be used, as what the user has to mend. */
  static RuntimeException unusable(Throwable failure) {
    if (failure instanceof StoreException store) {
      return new Failure(store.exitCode(), store.getMessage(), store.hint(), store);
    }
    if (failure instanceof SourceException source) {
      return new Failure(ExitCode.WRONG_USAGE, source.getMessage(), source.hint(), source);
    }
    return failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
  }

  /** Shows that checkpoints can be written. */
  static void checkpoints(CheckpointStore checkpoints, String claimant) {
    try {
      checkpoints.marks().probe(claimant);
    } catch (StoreException e) {
      throw new Failure(
          e.exitCode(),
          "checkpoints cannot be written to " + checkpoints.uri() + ": " + e.getMessage(),
          "check checkpoint.uri, its permissions and credentials",
          e);
    }
  }

  /** Refuses to begin beside another process that trains with the same checkpoints. */
  static void ledByNobody(CheckpointStore checkpoints, RunListener listener) {
    if (checkpoints.marks().sign().isPresent()) {
      listener.noted(
          "a run did not end in "
              + checkpoints.uri()
              + ": looking for "
              + SignOfLife.LIMIT.toSeconds()
              + " s whether somebody still leads it");
    }
    leader(checkpoints)
        .ifPresent(
            leader -> {
              throw new Failure(
                  ExitCode.WRONG_USAGE,
                  "the node at " + leader + " trains with the checkpoints in " + checkpoints.uri(),
                  "wait until it has ended, join it with --join, or give another checkpoint.uri");
            });
  }

  /** The node that leads the run which has these checkpoints, if one does; takes its time. */
  static Optional<String> leader(CheckpointStore checkpoints) {
    try {
      return SignOfLife.leader(checkpoints.marks()::sign, SignOfLife.LIMIT, LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Refuses to go on with other settings, data or decoder than the run began with. A checkpoint
   * whose small files are damaged is set aside, named, and the one before it is taken; damaged
   * tensors are found when they are read.
   *
   * @param folder of the run, with the indexes that it began with, to name what changed since
   * @param listener hears of checkpoints that are set aside
   * @return the checkpoint that the run goes on from, if there is one
   */
  static Optional<CheckpointName> sameRun(
      CheckpointStore checkpoints,
      Settings settings,
      RunSources sources,
      Path folder,
      String meaning,
      RunListener listener) {
    List<CheckpointName> names = checkpoints.complete();
    for (int i = names.size() - 1; i >= 0; i--) {
      CheckpointName name = names.get(i);
      try {
        // First of all, so that nothing of another run, or of an import, is set aside.
        compare(checkpoints.state(name), settings, sources, folder, meaning);
        checkpoints.ledger(name);
        return Optional.of(name);
      } catch (IOException | StoreException e) {
        if (!DamagedCheckpoint.isMeantBy(e)) {
          throw unusable(e);
        }
        listener.noted(DamagedCheckpoint.setAside(checkpoints, name, e));
      }
    }
    if (!names.isEmpty()) {
      throw DamagedCheckpoint.all(checkpoints);
    }
    return Optional.empty();
  }

  /**
   * The newest checkpoint of another run that this one begins with; its images may have been of
   * another size, as positions are computed and not learned.
   *
   * @param listener hears of another size
   * @throws Failure if there is none, or it is of another geometry
   */
  static CheckpointName sameModel(CheckpointStore others, Settings settings, RunListener listener)
      throws IOException {
    try {
      CheckpointName name =
          others
              .newest()
              .orElseThrow(
                  () ->
                      new Failure(
                          ExitCode.WRONG_USAGE,
                          "model.init.checkpoint: no complete checkpoint in " + others.uri(),
                          "give the checkpoints folder of a run or of an import"));
      Geometry its = Models.geometry(Models.stored(others.state(name).path("meaning").asText()));
      Geometry ours = Models.geometry(settings);
      if (!its.forImages(ours.imageSize()).equals(ours)) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "model.init.checkpoint: %s holds another model: %s"
                .formatted(others.uri(), its.differencesFrom(ours.forImages(its.imageSize()))),
            "set the model.* and data.channels of this run as that one has them, or name another checkpoint");
      }
      if (its.imageSize() != ours.imageSize()) {
        listener.noted(
            "its images had %1$d x %1$d pixels; positions are computed for %2$d x %2$d"
                .formatted(its.imageSize(), ours.imageSize()));
      }
      return name;
    } catch (StoreException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE, "model.init.checkpoint: " + e.getMessage(), e.hint(), e);
    }
  }

  /** Refuses to join a run of other settings, data or decoder. */
  static void sameAs(
      NodeMessage.Welcome run, Settings settings, String fingerprint, String meaning) {
    if (!run.fingerprint().equals(fingerprint)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "this node's data set is not the one of the run that " + run.leader() + " leads",
          "give all nodes the same images in data.uri");
    }
    if (!run.meaning().equals(meaning)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "the run that "
              + run.leader()
              + " leads has other settings: "
              + differences(settings, run.meaning(), meaning),
          "start all nodes of a run with the same configuration");
    }
  }

  /**
   * What decides about the samples of a run and what else is equal on all nodes; which precision
   * and micro-batch the devices settled is nothing to one that only decodes.
   */
  static String samples(String meaning) {
    return meaning
        .lines()
        .filter(line -> !line.startsWith("optimization.precision "))
        .filter(line -> !line.startsWith(Settings.MICRO_BATCH + " "))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** As {@link #sameAs}, of a node that only decodes. */
  static void sameSamples(
      NodeMessage.Welcome run, Settings settings, String fingerprint, String meaning) {
    if (!run.fingerprint().equals(fingerprint)
        || !samples(run.meaning()).equals(samples(meaning))) {
      sameAs(run, settings, fingerprint, meaning);
    }
  }

  /** Refuses roles with which nothing would ever begin. */
  static void roles(ClusterSettings cluster) {
    boolean leads = cluster.roles().contains(Role.COORDINATOR);
    String self = cluster.host() + ":" + cluster.port();
    boolean founds = cluster.seedNodes().isEmpty() || cluster.seedNodes().get(0).equals(self);
    if (founds && !leads) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "cluster.roles = "
              + cluster.roles().toString().toLowerCase(Locale.ROOT)
              + ", but this node founds the cluster, and nobody would lead the run",
          "join a run with --join HOST:PORT of its nodes, or add coordinator to cluster.roles");
    }
    if (cluster.seedNodes().isEmpty()
        && cluster.port() == 0
        && !cluster.roles().contains(Role.TRAINER)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "cluster.roles names no trainer, and no trainer can join a node of any free port",
          "add trainer to cluster.roles, or set cluster.port and cluster.host");
    }
  }

  private static String differences(Settings settings, String stored, String meaning) {
    List<String> differences = settings.differences(withoutDecoder(stored));
    return differences.isEmpty()
        ? anotherDecoder(String.join("", decoder(stored)), String.join("", decoder(meaning)))
        : String.join("; ", differences);
  }

  /** What to do follows from which of the two is libjpeg-turbo. */
  private static String anotherDecoder(String was, String is) {
    String remedy;
    if (was.contains(TURBO) == is.contains(TURBO)) {
      remedy = "install the version that it began with";
    } else if (was.contains(TURBO)) {
      remedy =
          "install libturbojpeg in that version and set pipeline.decode.codec to turbojpeg or auto";
    } else {
      remedy = "set pipeline.decode.codec = opencv";
    }
    return "another image decoder (it was %s, this machine's is %s: %s)"
        .formatted(named(was), named(is), remedy);
  }

  private static String named(String line) {
    return line.substring(line.indexOf('=') + 1).strip();
  }

  private static void compare(
      JsonNode state, Settings settings, RunSources sources, Path folder, String meaning) {
    String stored = state.path("meaning").asText();
    List<String> differences = settings.differences(withoutDecoder(stored));
    if (!differences.isEmpty() || !decoder(stored).equals(decoder(meaning))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "this run began with other settings: " + differences(settings, stored, meaning),
          "go on with the same settings, or start a new run with another --out");
    }
    if (!state.path("index_fingerprint").asText().equals(sources.samples().fingerprint())) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "the data set is not the one that this run began with" + sources.change(folder),
          "restore it, or start a new run with another --out");
    }
  }

  private static List<String> decoder(String meaning) {
    return meaning.lines().filter(line -> line.startsWith("decoder")).toList();
  }

  /** A meaning without the line of the decoder. */
  static String withoutDecoder(String meaning) {
    return meaning
        .lines()
        .filter(line -> !line.startsWith("decoder"))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
