package org.ijepa.cli;

import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import picocli.CommandLine.Command;

/**
 * What the launcher does by itself, since it is there to build this very program: here only so that
 * the help, and what completes commands, know of it.
 */
@Command(
    name = "test",
    description = {
      "Builds everything and runs all checks.",
      "In a clone of the repository, about half an hour on two cores; those of the live view need",
      "chromium. What stands behind it goes to Maven (mvn verify), such as -pl pipeline."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExample:%n",
    footer = "  ijepa test")
final class TestCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new Failure(
        ExitCode.WRONG_USAGE,
        "test builds and checks a clone of the repository, which only its launcher does",
        "run ./ijepa test in a clone");
  }
}
