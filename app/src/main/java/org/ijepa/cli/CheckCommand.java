package org.ijepa.cli;

import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows what a configuration comes to, or what is wrong with it. */
@Command(
    name = "check",
    description = {
      "Checks a configuration and prints it.",
      "Every value, with the place that it came from."
    },
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
    out.flush();
    return ExitCode.DONE.number();
  }
}
