package org.ijepa.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ijepa.bench.StepBenchmark;
import org.ijepa.bench.StepTimes;
import org.ijepa.bench.StepWork;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.Models;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.StepMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the training step. */
@Command(
    name = "step",
    description = {
      "Times the training step of the configured model.",
      "On random pixels with random masks; and with --peer the same work in plain PyTorch in the same",
      "rounds, turn by turn."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample (ViT-S/16):%n",
    footer = {
      "  ijepa bench step --peer python3 --encoder vit-small --patch-size 16 --predictor-width 192"
          + " --predictor-depth 6"
    })
final class BenchStep implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double MIB = 1 << 20;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      description = "model.encoder, such as vit-small.")
  private Optional<String> encoder = Optional.empty();

  @Option(names = "--patch-size", paramLabel = "N", description = "model.patch-size.")
  private Optional<Integer> patchSize = Optional.empty();

  @Option(names = "--image-size", paramLabel = "N", description = "data.image-size.")
  private Optional<Integer> imageSize = Optional.empty();

  @Option(names = "--predictor-width", paramLabel = "N", description = "model.predictor.width.")
  private Optional<Integer> predictorWidth = Optional.empty();

  @Option(names = "--predictor-depth", paramLabel = "N", description = "model.predictor.depth.")
  private Optional<Integer> predictorDepth = Optional.empty();

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Images of a step (default: ${DEFAULT-VALUE}).")
  private int microBatch;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "100",
      description = "Patches of the context (default: ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--target",
      paramLabel = "N",
      defaultValue = "36",
      description = "Patches of a target block (default: ${DEFAULT-VALUE}).")
  private int target;

  @Option(
      names = "--precision",
      paramLabel = "P",
      split = ",",
      defaultValue = "bf16,fp32",
      description = "bf16, fp32 or both (default: ${DEFAULT-VALUE}).")
  private List<String> precisions;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "9",
      description = "Steps that are timed, after two that are not (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python that has torch, to compare with.")
  private Optional<String> peer = Optional.empty();

  @Option(names = "--json", description = "Print a line of JSON for each precision, and no more.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (microBatch < 1 || context < 1 || target < 1 || steps < 1) {
      throw new ParameterException(
          spec.commandLine(), "--micro-batch, --context, --target and --steps must be at least 1");
    }
    Settings settings = options.load(sets());
    Geometry geometry = Models.geometry(settings);
    if (context > geometry.patches() || target > geometry.patches()) {
      throw new ParameterException(
          spec.commandLine(),
          "an image has only %d patches: a --context of %d and a --target of %d do not fit"
              .formatted(geometry.patches(), context, target));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (!json) {
      out.println(title(geometry, settings));
    }
    for (String precision : precisions) {
      StepWork work = work(settings, geometry, precision);
      StepTimes times =
          StepBenchmark.run(work, steps, peer, json ? line -> {} : line -> flushed(out, line));
      double estimated = estimated(work) / MIB;
      flushed(
          out,
          json ? json(work, times, estimated).toString() : report(precision, times, estimated));
    }
    return ExitCode.DONE.number();
  }

  private List<String> sets() {
    // Lengths are given here and not drawn: no grid is too small for them.
    List<String> sets = new ArrayList<>(List.of("mask.min-keep=1"));
    encoder.ifPresent(value -> sets.add("model.encoder=" + value));
    patchSize.ifPresent(value -> sets.add("model.patch-size=" + value));
    imageSize.ifPresent(value -> sets.add("data.image-size=" + value));
    predictorWidth.ifPresent(value -> sets.add("model.predictor.width=" + value));
    predictorDepth.ifPresent(value -> sets.add("model.predictor.depth=" + value));
    return sets;
  }

  private StepWork work(Settings settings, Geometry geometry, String precision) {
    boolean bf16 = precision.equalsIgnoreCase("bf16");
    if (!bf16 && !precision.equalsIgnoreCase("fp32")) {
      throw new ParameterException(
          spec.commandLine(), "--precision is " + precision + "; it must be bf16 or fp32");
    }
    return new StepWork(
        geometry,
        bf16,
        settings.optimization().activationCheckpointing(),
        microBatch,
        context,
        settings.mask().targets(),
        target,
        settings.cluster().threads());
  }

  private static double estimated(StepWork work) {
    StepMemory.Mode mode = new StepMemory.Mode(work.bf16(), work.checkpointing());
    return StepMemory.of(work.geometry(), mode, work.context(), work.targets(), work.target())
        .total(work.batch());
  }

  private static void flushed(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  private String title(Geometry g, Settings settings) {
    return String.format(
        Locale.ROOT,
        "encoder %d/%d/%d, patch %d of %d, predictor %d/%d, batch %d, context %d, %d targets of"
            + " %d, %d threads",
        g.width(),
        g.depth(),
        g.heads(),
        g.patchSize(),
        g.imageSize(),
        g.predictorWidth(),
        g.predictorDepth(),
        microBatch,
        context,
        settings.mask().targets(),
        target,
        settings.cluster().threads());
  }

  private static String report(String precision, StepTimes times, double estimated) {
    String text =
        String.format(
            Locale.ROOT,
            "%s: %.0f ms a step (%.0f - %.0f), %.2f images/s, %.3f TFLOP/s, %.0f %% of the %.3f of a"
                + " large product; %d MiB at most (replica and step estimated at %.0f)",
            precision,
            times.median(),
            times.min(),
            times.max(),
            times.imagesPerSecond(),
            times.teraflops(),
            100 * times.teraflops() / times.peakTeraflops(),
            times.peakTeraflops(),
            times.peakMebibytes(),
            estimated);
    text +=
        times.phases().entrySet().stream()
            .map(phase -> String.format(Locale.ROOT, "%s %.0f", phase.getKey(), phase.getValue()))
            .collect(Collectors.joining(", ", System.lineSeparator() + precision + ": ", " ms"));
    if (times.peer().isPresent()) {
      StepTimes.Peer peer = times.peer().get();
      double[] quartiles = times.ratioQuartiles();
      text +=
          String.format(
              Locale.ROOT,
              "%n%s: PyTorch %s: %.0f ms, %d MiB at most; ratio %.3f (quartiles %.3f - %.3f)",
              precision,
              peer.version(),
              peer.median(),
              peer.peakMebibytes(),
              times.ratio(),
              quartiles[0],
              quartiles[1]);
    }
    return text;
  }

  private static ObjectNode json(StepWork work, StepTimes times, double estimated) {
    Geometry g = work.geometry();
    ObjectNode line = JSON.createObjectNode();
    line.put("precision", work.bf16() ? "bf16" : "fp32");
    line.put("width", g.width()).put("depth", g.depth()).put("heads", g.heads());
    line.put("patch_size", g.patchSize()).put("image_size", g.imageSize());
    line.put("predictor_width", g.predictorWidth()).put("predictor_depth", g.predictorDepth());
    line.put("micro_batch", work.batch()).put("context", work.context());
    line.put("targets", work.targets()).put("target", work.target());
    line.put("activation_checkpointing", work.checkpointing()).put("threads", work.threads());
    line.put("step_ms_median", times.median());
    line.put("step_ms_min", times.min());
    line.put("step_ms_max", times.max());
    ObjectNode phases = line.putObject("phase_ms");
    for (Map.Entry<String, Double> phase : times.phases().entrySet()) {
      phases.put(phase.getKey(), phase.getValue());
    }
    line.put("images_per_s", times.imagesPerSecond());
    line.put("tflops", times.teraflops());
    line.put("gemm_peak_tflops", times.peakTeraflops());
    line.put("gemm_share", times.teraflops() / times.peakTeraflops());
    line.put("peak_rss_mb", times.peakMebibytes());
    line.put("estimated_mb", estimated);
    times
        .peer()
        .ifPresent(
            peer -> {
              line.put("peer", "PyTorch " + peer.version());
              line.put("peer_ms_median", peer.median());
              line.put("peer_peak_rss_mb", peer.peakMebibytes());
              line.put("ratio", times.ratio());
            });
    return line;
  }
}
