package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.node.Models;
import org.ijepa.settings.Extent;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.ReferencePage;
import org.ijepa.settings.Settings;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.StepCost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what a configuration comes to, or what is wrong with it. */
@Command(
    name = "check",
    description = {
      "Checks a configuration and prints it.",
      "Every value, with the place that it came from, and what a step takes: parameters, lengths of the",
      "masks, floating-point operations, memory."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa check --config conf/vith14.conf --set optimization.micro-batch=16")
final class CheckCommand implements Callable<Integer> {
  private static final double MILLION = 1e6;
  private static final double TERA = 1e12;
  private static final double GIB = 1L << 30;
  private static final int SAMPLED_STEPS = 50;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

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
    Settings settings = options.load();
    var out = spec.commandLine().getOut();
    out.print(settings.render());
    out.println();
    out.println("# meaning: " + settings.meaningHash());
    cost(settings, out);
    out.println("# " + ema(settings.optimization()));
    out.flush();
    return ExitCode.DONE.number();
  }

  /** What a step of this configuration takes. */
  private static void cost(Settings settings, PrintWriter out) {
    Geometry geometry = Models.geometry(settings);
    Layout layout = Layout.of(geometry);
    double[] lengths = maskLengths(settings);
    StepCost cost = StepCost.of(geometry, lengths[0], settings.mask().targets(), lengths[1]);
    int batch = settings.optimization().globalBatch();
    out.printf(
        Locale.ROOT,
        "# parameters: %.1f M in the encoder, %.1f M in the predictor%n",
        layout.targetSize() / MILLION,
        (layout.size() - layout.targetSize()) / MILLION);
    out.printf(
        Locale.ROOT,
        "# masks: contexts of %.1f of %d patches, %d targets of %.1f, on average%n",
        lengths[0],
        geometry.patches(),
        settings.mask().targets(),
        lengths[1]);
    out.printf(
        Locale.ROOT,
        "# a step: %.3g TFLOP for %d images: %.0f %% target encoder, %.0f %% context encoder, %.0f %% predictor%n",
        cost.total() * batch / TERA,
        batch,
        100 * cost.target() / cost.total(),
        100 * cost.context() / cost.total(),
        100 * cost.predictor() / cost.total());
    out.printf(
        Locale.ROOT,
        "# memory of a trainer: about %.2f GiB, of which %.2f for a micro-batch of %d%n",
        Models.trainerBytes(settings) / GIB,
        settings.activationBytes() / GIB,
        settings.optimization().microBatch());
  }

  /** Mean lengths of contexts and targets over some steps. */
  static double[] maskLengths(Settings settings) {
    MaskRules rules = Models.maskRules(settings);
    MaskSampler sampler = new MaskSampler(rules, settings.seed());
    double context = 0;
    double target = 0;
    double groups = 0;
    for (int step = 0; step < SAMPLED_STEPS; step++) {
      long first = (long) step * settings.share();
      for (MaskGroup group : sampler.groups(step, 0, first, settings.share())) {
        context += group.contextLength();
        target += group.targetLength();
        groups++;
      }
    }
    return new double[] {context / groups, target / groups};
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
