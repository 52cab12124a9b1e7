package org.ijepa.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.coordinator.SignOfLife;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskLengths;
import org.ijepa.node.GradientSums;
import org.ijepa.node.Models;
import org.ijepa.plan.CheckpointWrites;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.Extent;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.ReferencePage;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.StepCost;
import org.ijepa.vit.StepMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what a configuration comes to, or what is wrong with it. */
@Command(
    name = "check",
    description = {
      "Checks a configuration and prints it.",
      "Every value, with the place that it came from, and what a step takes: parameters, lengths of the",
      "masks, floating-point operations, memory, and warnings of what is unwise. With --probe also how",
      "long an epoch takes here, what it reads, and whether checkpoints are as far apart as they should be."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ijepa check --config conf/vith14.conf --set optimization.micro-batch=16",
      "  ijepa check --config conf/vitb16.conf --set data.uri=s3://BUCKET/PREFIX --probe"
    })
final class CheckCommand implements Callable<Integer> {
  private static final double MILLION = 1e6;
  private static final double TERA = 1e12;
  private static final double GIB = 1L << 30;
  private static final double MIB = 1L << 20;
  private static final double KIB = 1L << 10;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(
      names = "--probe",
      description = {
        "Tries it, in about half a minute: makes some steps on this machine, indexes data.uri, reads and",
        "decodes some of its images."
      })
  private boolean probe;

  @Option(
      names = {"-m", "--machine"},
      paramLabel = "FILE",
      description =
          "With --probe: how often machines fail, over the defaults of ijepa plan; see conf/plan/.")
  private Optional<Path> machine = Optional.empty();

  @Option(
      names = "--reference",
      description = "Print all keys with their defaults and reasons, as Markdown, and no more.")
  private boolean reference;

  @Override
  public Integer call() {
    if (reference) {
      spec.commandLine().getOut().print(ReferencePage.write());
      spec.commandLine().getOut().flush();
      return ExitCode.DONE.number();
    }
    if (machine.isPresent() && !probe) {
      throw new ParameterException(
          spec.commandLine(), "--machine says how often machines fail, which only --probe asks");
    }
    Settings settings = options.load();
    var out = spec.commandLine().getOut();
    out.print(settings.render());
    out.println();
    out.println("# meaning: " + settings.meaningHash());
    String extended = settings.model().init().extend();
    if (!extended.isEmpty()) {
      out.println("# extends the run in " + extended + ": begins at the step where that one ended");
    }
    MaskLengths masks = Models.maskLengths(settings);
    cost(settings, masks, out);
    out.println("# " + ema(settings.optimization()));
    Advice.of(settings, masks).forEach(line -> out.println("# warning: " + line));
    checkpoint(settings, out);
    if (probe) {
      out.flush();
      MachineSettings failures = MachineSettings.load(machine, List.of());
      new CheckProbe(settings, options.load(CheckProbe.QUICK), failures, masks, out).run();
    } else {
      out.println("# time of an epoch, and what it reads: ijepa check --probe tries it");
    }
    if (settings.cluster().roles().contains(Role.TRAINER)) {
      out.println("# " + GradientSums.line(settings.cluster()));
    }
    out.flush();
    return ExitCode.DONE.number();
  }

  /** What a step of this configuration takes. */
  private static void cost(Settings settings, MaskLengths masks, PrintWriter out) {
    Geometry geometry = Models.geometry(settings);
    Layout layout = Layout.of(geometry);
    StepCost cost =
        StepCost.of(geometry, masks.context(), settings.mask().targets(), masks.target());
    int batch = settings.optimization().globalBatch();
    out.printf(
        Locale.ROOT,
        "# parameters: %.1f M in the encoder, %.1f M in the predictor%n",
        layout.targetSize() / MILLION,
        (layout.size() - layout.targetSize()) / MILLION);
    out.printf(
        Locale.ROOT,
        "# masks: contexts of %.1f of %d patches, %d targets of %.1f, on average%n",
        masks.context(),
        geometry.patches(),
        settings.mask().targets(),
        masks.target());
    out.printf(
        Locale.ROOT,
        "# a step: %.3g TFLOP for %d images: %.0f %% target encoder, %.0f %% context encoder, %.0f %% predictor%n",
        cost.total() * batch / TERA,
        batch,
        100 * cost.target() / cost.total(),
        100 * cost.context() / cost.total(),
        100 * cost.predictor() / cost.total());
    memory(settings, masks, out);
  }

  private static void memory(Settings settings, MaskLengths masks, PrintWriter out) {
    OptimizationSettings optimization = settings.optimization();
    StepMemory kept = Models.memory(settings, masks, false);
    StepMemory made = Models.memory(settings, masks, true);
    int images = optimization.microBatch();
    boolean checkpointing = optimization.activationCheckpointing();
    out.printf(
        Locale.ROOT,
        "# memory of a trainer: about %.2f GiB: %.2f for weights, gradient and moments, %.2f for a"
            + " micro-batch of %d (%.2f with optimization.activation-checkpointing = %s)%n",
        (checkpointing ? made : kept).total(images) / GIB,
        kept.state() / GIB,
        (checkpointing ? made : kept).ofStep(images) / GIB,
        images,
        (checkpointing ? kept : made).ofStep(images) / GIB,
        !checkpointing);
    if (settings.isAuto(Settings.MICRO_BATCH)) {
      out.println(
          "# optimization.micro-batch = auto: a run tries what fits its devices; this is a guess");
    }
    if (optimization.canonicalReduction()) {
      out.printf(
          Locale.ROOT,
          "# and up to %.2f GiB for the gradients that optimization.canonical-reduction keeps%n",
          Models.canonicalBytes(settings) / GIB);
    }
    out.printf(
        Locale.ROOT,
        "# in host memory beside it: %.2f GiB for the copy that checkpoints are written from%n",
        Models.copyBytes(settings) / GIB);
  }

  /** Bytes as people say them. */
  static String size(double bytes) {
    return bytes >= GIB
        ? String.format(Locale.ROOT, "%.2f GiB", bytes / GIB)
        : bytes >= MIB
            ? String.format(Locale.ROOT, "%.1f MiB", bytes / MIB)
            : String.format(Locale.ROOT, "%.1f KiB", bytes / KIB);
  }

  /** What a checkpoint takes of where it goes. */
  private static void checkpoint(Settings settings, PrintWriter out) {
    CheckpointWrites writes = CheckpointWrites.of(Models.geometry(settings));
    boolean inS3 = settings.checkpoint().uri().startsWith("s3://");
    out.printf(
        Locale.ROOT,
        "# checkpoints: %s every %d steps%s%n",
        size((double) writes.bytes()),
        settings.checkpoint().everySteps(),
        inS3
            ? String.format(
                Locale.ROOT,
                ", about %,d requests each; and a request every %d s for the run's sign of life",
                writes.requests(),
                SignOfLife.EVERY.toSeconds())
            : "");
  }

  /** What the target encoder's average has of the run; the steps of epochs depend on the data. */
  private static String ema(OptimizationSettings optimization) {
    if (optimization.length().unit() == Extent.Unit.EPOCHS) {
      return "ema: "
          + (optimization.emaSteps().isPresent()
              ? "enough time constants from " + optimization.emaSteps().getAsLong() + " steps on"
              : "the target encoder never follows");
    }
    long steps = optimization.totalSteps(1);
    return optimization
        .emaWarning(steps)
        .map(warning -> "warning: " + warning)
        .orElse(
            String.format(
                Locale.ROOT,
                "ema: %.0f time constants in the run",
                optimization.emaTimeConstants(steps)));
  }
}
