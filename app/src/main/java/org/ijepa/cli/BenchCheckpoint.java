package org.ijepa.cli;

import akka.stream.javadsl.Sink;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.ijepa.bench.CheckpointBenchmark;
import org.ijepa.bench.CheckpointBenchmark.Round;
import org.ijepa.bench.Quantiles;
import org.ijepa.bench.ShortTiming;
import org.ijepa.bench.StepWork;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.Devices;
import org.ijepa.node.Models;
import org.ijepa.settings.Settings;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;
import org.ijepa.vit.Geometry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a checkpoint takes. */
@Command(
    name = "checkpoint",
    description = {
      "Times checkpoints of a model, to a folder or to S3.",
      "The copy, for which training waits, beside a step of a micro-batch; the writing, for which it does",
      "not, beside a plain file of as many bytes. They go below checkpoint.uri, or else into a temporary",
      "folder, and are deleted afterwards."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa bench checkpoint --encoder vit-small --set checkpoint.uri=s3://bucket/runs")
final class BenchCheckpoint implements Callable<Integer> {
  private static final Duration STEPS = Duration.ofSeconds(10);
  private static final double MIB = 1 << 20;
  private static final double MILLI = 1e-3;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      description = "model.encoder, such as vit-small.")
  private Optional<String> encoder = Optional.empty();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Checkpoints that are timed (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Override
  public Integer call() throws IOException {
    if (rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is " + rounds + "; it must be at least 1");
    }
    List<String> sets = new ArrayList<>();
    encoder.ifPresent(value -> sets.add("model.encoder=" + value));
    Settings given = options.load(sets);
    Devices devices = Devices.of(given.cluster().device());
    Settings settings = devices.settled(given);
    devices.requireMemory(settings);
    ShortTiming step =
        ShortTiming.of(StepWork.of(settings, Models.maskLengths(settings)), devices.first(), STEPS);
    String own = "ijepa-bench-" + UUID.randomUUID();
    String uri = settings.checkpoint().uri();
    boolean isRemote = uri.startsWith("s3://");
    Path folder =
        isRemote || uri.isEmpty()
            ? Files.createTempDirectory("ijepa-bench-")
            : Files.createDirectories(Path.of(uri, own));
    String to = isRemote ? uri.replaceAll("/+$", "") + "/" + own : folder.toString();
    try (DataAccess access = new DataAccess(Models.s3(settings), WorkLines.of(spec))) {
      Store store = access.store(to);
      CheckpointStore checkpoints =
          new CheckpointStore(to, store, folder.resolve("tmp"), access.system());
      try {
        report(
            settings,
            to,
            step,
            new CheckpointBenchmark(
                    Models.geometry(settings),
                    devices.first(),
                    checkpoints,
                    isRemote ? Optional.empty() : Optional.of(folder))
                .run(rounds));
      } finally {
        empty(store, access);
      }
    } finally {
      Files.deleteIfExists(folder.resolve("tmp"));
      Files.deleteIfExists(folder);
    }
    return ExitCode.DONE.number();
  }

  private static void empty(Store store, DataAccess access) {
    List<Entry> all =
        store.list("").runWith(Sink.seq(), access.system()).toCompletableFuture().join();
    for (Entry entry : all) {
      store.delete(entry.key()).toCompletableFuture().join();
    }
  }

  private void report(Settings settings, String to, ShortTiming step, List<Round> all) {
    PrintWriter out = spec.commandLine().getOut();
    Geometry geometry = Models.geometry(settings);
    long bytes = all.get(0).bytes();
    out.printf(
        Locale.ROOT,
        "encoder %d/%d/%d, predictor %d/%d: %.0f MiB, %d times to %s%n",
        geometry.width(),
        geometry.depth(),
        geometry.heads(),
        geometry.predictorWidth(),
        geometry.predictorDepth(),
        bytes / MIB,
        all.size(),
        to);
    double copy = Quantiles.median(all, Round::copy);
    double micro = step.microBatchSeconds() + step.updateSeconds();
    out.printf(
        Locale.ROOT,
        "training waits %s for the copy: %.2f of a step of one micro-batch of %d images (%.0f ms);"
            + " machine.checkpoint.copy-bandwidth = %.2g%n",
        millis(all, Round::copy),
        copy / micro,
        settings.optimization().microBatch(),
        micro / MILLI,
        bytes / copy);
    double write = Quantiles.median(all, Round::write);
    out.printf(
        Locale.ROOT,
        "written beside training in %s; machine.checkpoint.write-bandwidth = %.2g%n",
        millis(all, Round::write),
        bytes / write);
    if (!Double.isNaN(all.get(0).plain())) {
      out.printf(
          Locale.ROOT,
          "a plain file of as many bytes, forced to the disk: %s; the checkpoint takes %.1f times as"
              + " long%n",
          millis(all, Round::plain),
          write / Quantiles.median(all, Round::plain));
    }
    out.flush();
  }

  private static String millis(List<Round> all, ToDoubleFunction<Round> value) {
    double[] seconds = all.stream().mapToDouble(value).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%.0f ms (%.0f - %.0f)",
        Quantiles.median(seconds) / MILLI,
        seconds[0] / MILLI,
        seconds[seconds.length - 1] / MILLI);
  }
}
