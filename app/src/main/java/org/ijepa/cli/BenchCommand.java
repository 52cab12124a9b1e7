package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.bench.StepBenchmark;
import org.ijepa.bench.StepTimes;
import org.ijepa.bench.StepWork;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.Models;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures parts of the system on this machine. */
@Command(
    name = "bench",
    description = "Measures parts of the system on this machine.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BenchCommand.Step.class, BenchData.class, BenchRing.class},
    footerHeading = "%nExample:%n",
    footer = "  ijepa bench step --batch 8 --rounds 3 --set model.encoder=vit-tiny")
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a benchmark is missing");
  }

  /** The training step. */
  @Command(
      name = "step",
      description = {
        "Times the training step of the configured model on random pixels, and with --peer the"
            + " same",
        "work in plain PyTorch in the same rounds, turn by turn."
      },
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      sortOptions = false,
      footerHeading = "%nExample (ViT-S/16):%n",
      footer = {
        "  ijepa bench step --peer python3 --set model.encoder=vit-small --set model.patch-size=16"
            + " \\",
        "      --set model.predictor.width=192 --set model.predictor.depth=6"
      })
  static final class Step implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private SettingsOptions options;

    @Option(
        names = "--peer",
        paramLabel = "PYTHON",
        description = "A Python that has torch, to compare with.")
    private Optional<String> peer = Optional.empty();

    @Option(names = "--batch", paramLabel = "N", defaultValue = "16", description = "Images.")
    private int batch;

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
        names = "--rounds",
        paramLabel = "N",
        defaultValue = "9",
        description = "Steps that are timed (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
        names = "--precision",
        paramLabel = "P",
        split = ",",
        defaultValue = "bf16,fp32",
        description = "bf16, fp32 or both (default: ${DEFAULT-VALUE}).")
    private List<String> precisions;

    @Override
    public Integer call() throws IOException {
      Settings settings = options.load();
      Geometry geometry = Models.geometry(settings);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          Locale.ROOT,
          "encoder %d/%d/%d, patch %d of %d, predictor %d/%d, batch %d, context %d, %d targets of"
              + " %d, %d threads%n",
          geometry.width(),
          geometry.depth(),
          geometry.heads(),
          geometry.patchSize(),
          geometry.imageSize(),
          geometry.predictorWidth(),
          geometry.predictorDepth(),
          batch,
          context,
          settings.mask().targets(),
          target,
          settings.cluster().threads());
      for (String precision : precisions) {
        boolean bf16 = precision.equalsIgnoreCase("bf16");
        if (!bf16 && !precision.equalsIgnoreCase("fp32")) {
          throw new ParameterException(
              spec.commandLine(), "--precision is " + precision + "; it must be bf16 or fp32");
        }
        StepWork work =
            new StepWork(
                geometry,
                bf16,
                batch,
                context,
                settings.mask().targets(),
                target,
                settings.cluster().threads());
        StepTimes times = StepBenchmark.run(work, rounds, peer, out::println);
        report(out, precision, times);
      }
      return ExitCode.DONE.number();
    }

    private static void report(PrintWriter out, String precision, StepTimes times) {
      out.printf(Locale.ROOT, "%s: %.0f ms a step", precision, times.own());
      if (times.compared()) {
        double[] quartiles = times.ratioQuartiles();
        out.printf(
            Locale.ROOT,
            "; PyTorch %s: %.0f ms, %d MiB at most; ratio %.3f (quartiles %.3f - %.3f)",
            times.peerVersion(),
            times.peer(),
            times.peerPeakMebibytes(),
            times.ratio(),
            quartiles[0],
            quartiles[1]);
      }
      out.println();
      out.flush();
    }
  }
}
