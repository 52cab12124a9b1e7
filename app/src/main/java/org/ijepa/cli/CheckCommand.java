package org.ijepa.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.settings.Extent;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows what a configuration comes to, or what is wrong with it. */
@Command(
    name = "check",
    description = "Checks a configuration and prints every value with the place that it came from.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa check --config conf/vith14.conf --set optimization.micro-batch=16")
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Override
  public Integer call() {
    Settings settings = options.load();
    var out = spec.commandLine().getOut();
    out.print(settings.render());
    out.println();
    out.println("# meaning: " + settings.meaningHash());
    out.println("# " + ema(settings.optimization()));
    out.flush();
    return ExitCode.DONE.number();
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
