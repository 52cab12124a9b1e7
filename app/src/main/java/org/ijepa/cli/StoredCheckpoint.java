package org.ijepa.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.file.Folders;
import org.ijepa.interchange.ModelFiles;
import org.ijepa.interchange.TrainingFacts;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.node.Models;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.Settings;
import org.ijepa.store.S3Access;
import org.ijepa.vit.Geometry;

/** A checkpoint as files, without a model in memory. */
final class StoredCheckpoint implements AutoCloseable {
  /** Ends an address of which the best checkpoint is meant. */
  private static final String BEST = "best";

  private final DataAccess data;
  private final Path scratch;
  private final CheckpointStore store;
  private final CheckpointName name;
  private final JsonNode state;
  private final Settings settings;

  /**
   * Opens the newest checkpoint, or the one that is named.
   *
   * @param uri folder or prefix of the checkpoints, with the name of one or {@code /best} behind it
   *     for another than the newest
   * @param access where S3 is
   * @param room local folder in which there is room for a copy of the checkpoint
   * @param lines for progress
   */
  StoredCheckpoint(String uri, S3Access access, Path room, WorkLines lines) throws IOException {
    Files.createDirectories(room);
    data = new DataAccess(access, lines);
    try {
      scratch = Files.createTempDirectory(room, ".ijepa-");
      String last = uri.substring(uri.lastIndexOf('/') + 1);
      Optional<CheckpointName> named = CheckpointName.parse(last);
      boolean best = last.equals(BEST);
      String all = named.isPresent() || best ? parent(uri) : uri;
      store = new CheckpointStore(all, data.store(all), scratch, data.system());
      if (best) {
        name = store.best().orElseThrow(() -> none("no checkpoint with a probe's score in ", all));
      } else if (named.isPresent()) {
        name = named.get();
        if (!store.complete().contains(name)) {
          throw none("no complete checkpoint " + name + " in ", all);
        }
      } else {
        name = store.newest().orElseThrow(() -> none("no complete checkpoint in ", all));
      }
      state = store.state(name);
      settings = Models.stored(state.path("meaning").asText());
    } catch (IOException | RuntimeException e) {
      data.close();
      throw e;
    }
  }

  private static String parent(String uri) {
    return uri.contains("/") ? uri.substring(0, uri.lastIndexOf('/')) : ".";
  }

  private static Failure none(String what, String uri) {
    return new Failure(ExitCode.WRONG_USAGE, what + uri, "give the checkpoints folder of a run");
  }

  /** Where it lies, and the images beside it. */
  DataAccess data() {
    return data;
  }

  CheckpointStore store() {
    return store;
  }

  CheckpointName name() {
    return name;
  }

  Settings settings() {
    return settings;
  }

  Geometry geometry() {
    return Models.geometry(settings);
  }

  /** Verified copies of some of the checkpoint's tensor files, gone when this is closed. */
  ModelFiles files(List<String> names) throws IOException {
    try (WorkLine progress = data.work("reading " + name + ":", "MB")) {
      store.copy(name, names, scratch, progress::bytes);
    }
    return ModelFiles.open(scratch, names);
  }

  /** Whether steps of an unfinished epoch are in the checkpoint. */
  boolean withinEpoch() {
    return state.path("step").asLong() > 0
        && !isImported()
        && epochAt(state.path("step").asLong() - 1) == epochAt(state.path("step").asLong());
  }

  boolean isImported() {
    return !state.path("imported").isMissingNode();
  }

  private long epochAt(long step) {
    return ledger().header().order().place(step, 0).epoch();
  }

  private LedgerContents ledger() {
    try {
      return store.ledger(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the published code stores with a checkpoint. */
  TrainingFacts facts() {
    OptimizationSettings optimization = settings.optimization();
    JsonNode imported = state.path("imported");
    double loss;
    if (imported.isMissingNode()) {
      List<LedgerEntry> entries = ledger().entries();
      loss = entries.isEmpty() ? Double.NaN : entries.get(entries.size() - 1).loss();
    } else {
      loss = imported.path("loss").asDouble(Double.NaN);
    }
    return new TrainingFacts(
        Math.max(0, state.path("epoch").asLong() - 1),
        loss,
        settings.share(),
        settings.order().streams(),
        optimization.learningRate().peak(),
        optimization.weightDecay().from(),
        optimization.adam().beta1(),
        optimization.adam().beta2(),
        optimization.adam().eps());
  }

  @Override
  public void close() throws IOException {
    data.close();
    Folders.delete(scratch);
  }
}
