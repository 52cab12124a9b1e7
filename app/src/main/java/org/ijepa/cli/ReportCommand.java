package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.report.RunReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a run's report again. */
@Command(
    name = "report",
    description = "Writes report.html of a run, during or after it.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExample:%n",
    footer = "  ijepa report --run runs/photos")
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "Run folder.")
  private Path run;

  @Override
  public Integer call() throws IOException {
    spec.commandLine().getOut().println(RunReport.write(run));
    return ExitCode.DONE.number();
  }
}
