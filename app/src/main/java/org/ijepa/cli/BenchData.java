package org.ijepa.cli;

import akka.actor.typed.DispatcherSelector;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.ijepa.bench.DataBenchmark;
import org.ijepa.bench.DataWork;
import org.ijepa.bench.DataWork.Place;
import org.ijepa.bench.DataWork.Row;
import org.ijepa.bench.UsableImages;
import org.ijepa.cache.DiskCache;
import org.ijepa.dataset.ShardDataset;
import org.ijepa.embedded.EmbeddedS3;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.file.Folders;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.store.S3Access;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the way of the data. */
@Command(
    name = "data",
    description = {
      "Times decoding by each codec, and batches from folders, shards and S3.",
      "With crop and resize; S3 is a server in this process, cached and not; shards are read as a run with",
      "default settings reads them, and with a request for each image. With --peer the same work in Python,",
      "turn by turn. The images are copied into a temporary folder, one after another until there are",
      "enough."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa bench data --data PHOTOS --peer python3")
final class BenchData implements Callable<Integer> {
  private static final String BUCKET = "bench";
  private static final int SHARD = 128;
  private static final List<String> NAMES = List.of(".jpg", ".jpeg", ".png", ".webp");

  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Folder with images, at any depth.")
  private Path data;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python that has Pillow and NumPy, to compare with.")
  private Optional<String> peer = Optional.empty();

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "512",
      description = "Images of a round (default: ${DEFAULT-VALUE}).")
  private int images;

  @Option(
      names = "--size",
      paramLabel = "N",
      defaultValue = "224",
      description = "Side of the result, pixels (default: ${DEFAULT-VALUE}).")
  private int side;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2",
      description = "Decoding threads, or processes of Python (default: ${DEFAULT-VALUE}).")
  private List<Integer> threads;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds, of which the middle one counts (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "2048",
      description = {
        "Images of each row before its rounds, and a 16th of the reads from each place before all"
            + " rows,",
        "so that the compiler is done (default: ${DEFAULT-VALUE})."
      })
  private int warmUp;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Writes the result there as JSON.")
  private Optional<Path> json = Optional.empty();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (images < DataWork.STEP || side < 1 || rounds < 1 || threads.stream().anyMatch(n -> n < 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "--images must be at least %d, --size, --rounds and --threads at least 1"
              .formatted(DataWork.STEP));
    }
    json.ifPresent(OutputFile::prepare);
    Path temporary = Files.createTempDirectory("ijepa-bench");
    try {
      Path bucket = Files.createDirectories(temporary.resolve("s3").resolve(BUCKET));
      copies(bucket.resolve("images"));
      try (EmbeddedS3 s3 = EmbeddedS3.start(bucket.getParent())) {
        s3.credentials().useHere();
        S3Access access = new S3Access(Optional.of(s3.endpoint()), Optional.empty(), false);
        try (DataAccess stores = new DataAccess(access, WorkLines.of(spec))) {
          measure(bucket, s3, stores, temporary.resolve("cache"));
        }
      }
    } finally {
      Folders.delete(temporary);
    }
    return ExitCode.DONE.number();
  }

  private void copies(Path folder) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.walk(data)) {
      found = files.filter(BenchData::isImage).sorted().toList();
    }
    if (found.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          data + " holds no image whose name ends in one of " + NAMES,
          "name a folder with photographs");
    }
    PrintWriter err = spec.commandLine().getErr();
    List<Path> usable = UsableImages.of(found, line -> err.println("warning: " + line));
    err.flush();
    if (usable.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "none of the %d images in %s can be read".formatted(found.size(), data),
          "name a folder with photographs");
    }
    Files.createDirectories(folder);
    for (int i = 0; i < images; i++) {
      Path image = usable.get(i % usable.size());
      String name = image.getFileName().toString();
      String end = name.substring(name.lastIndexOf('.'));
      Files.copy(image, folder.resolve(String.format(Locale.ROOT, "%06d%s", i, end)));
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file) && NAMES.stream().anyMatch(name::endsWith);
  }

  private void measure(Path bucket, EmbeddedS3 s3, DataAccess stores, Path cache)
      throws IOException, InterruptedException {
    Path folder = bucket.resolve("images");
    DataSource plain = stores.source(folder.toString(), Optional.empty());
    Path shards = bucket.resolve("shards");
    new ShardDataset(plain, stores.store(shards.toString()), stores.system())
        .write(SHARD, 0, written -> {});
    DataSource objects = stores.source(s3.uri(BUCKET, "images").toString(), Optional.empty());
    DataSource files = stores.source(shards.toString(), Optional.empty());
    DataSource members = stores.source(s3.uri(BUCKET, "shards").toString(), Optional.empty());
    Settings defaults = Settings.load(Optional.empty(), List.of());
    DiskCache kept = DiskCache.open(cache, Long.MAX_VALUE, Clock.systemUTC());
    Executor blocking = stores.system().dispatchers().lookup(DispatcherSelector.blocking());
    DataWork work =
        new DataWork(
            folder,
            List.of(
                new Place("folder", () -> plain, "folder"),
                new Place("shards in a folder", () -> asInARun(files, defaults), ""),
                new Place("S3", () -> objects, ""),
                new Place("S3, cached", () -> objects.cached(kept, blocking), ""),
                new Place("shards in S3", () -> asInARun(members, defaults), ""),
                // As a run reads whose windows are larger than its memory for pieces.
                new Place("shards in S3, each image by itself", () -> members, ""),
                new Place(
                    "shards in S3, cached",
                    () -> asInARun(members.cached(kept, blocking), defaults),
                    "")),
            side,
            images,
            warmUp,
            rounds,
            threads);
    report(work, stores);
  }

  /** Read as a run of one stream reads it, with nothing in memory yet. */
  private static DataSource asInARun(DataSource shards, Settings defaults) {
    return shards.inPieces(defaults.order().window(), 1, defaults.pipeline().fetchMemory());
  }

  private void report(DataWork work, DataAccess stores) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d cores, Java %s, load %.1f; %d images to %d x %d, %d rounds%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        load(),
        images,
        side,
        side,
        rounds);
    out.printf("%-58s %7s %9s", "images/s", "threads", "ours");
    out.printf("%s %8s %10s%n", peer.isPresent() ? "    Python  ratio" : "", "CPU ms", "of memory");
    ObjectNode result = JSON.createObjectNode();
    describe(result);
    ArrayNode rows = result.putArray("rows");
    String version =
        DataBenchmark.run(
            work,
            peer,
            stores.system(),
            row -> {
              print(out, row);
              describe(row, rows.addObject());
            });
    out.printf(
        Locale.ROOT, "%sload at the end %.1f%n", version.isEmpty() ? "" : version + "; ", load());
    out.flush();
    result.put("peer", version).put("load_at_end", load());
    if (json.isPresent()) {
      Files.writeString(json.get(), result.toPrettyString() + "\n");
    }
  }

  private void describe(ObjectNode result) {
    result
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put("java", Runtime.version().toString())
        .put("load_at_begin", load())
        .put("images", images)
        .put("size", side)
        .put("rounds", rounds);
  }

  /** Rates are images a second; what was not measured is left out. */
  private static void describe(Row row, ObjectNode json) {
    json.put("name", row.name()).put("threads", row.threads()).put("ours", row.own());
    if (Double.isFinite(row.peer())) {
      json.put("peer", row.peer());
    }
    json.put("processor_ms_an_image", row.processor());
    if (Double.isFinite(row.ofMemory())) {
      json.put("of_memory", row.ofMemory());
    }
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private void print(PrintWriter out, Row row) {
    out.printf(Locale.ROOT, "%-58s %7d %9.0f", row.name(), row.threads(), row.own());
    if (Double.isFinite(row.peer())) {
      out.printf(Locale.ROOT, " %9.0f %6.2f", row.peer(), row.own() / row.peer());
    } else if (peer.isPresent()) {
      out.print("                 ");
    }
    out.printf(Locale.ROOT, " %8.2f", row.processor());
    out.println(
        Double.isFinite(row.ofMemory())
            ? String.format(Locale.ROOT, " %8.0f %%", 100 * row.ofMemory())
            : "");
    out.flush();
  }
}
