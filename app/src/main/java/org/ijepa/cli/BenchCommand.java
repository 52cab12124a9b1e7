package org.ijepa.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures parts of the system on this machine. */
@Command(
    name = "bench",
    description = "Measures parts of the system on this machine.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BenchStep.class, BenchData.class, BenchRing.class, BenchCheckpoint.class},
    footerHeading = "%nExample:%n",
    footer = "  ijepa bench step --encoder vit-tiny --micro-batch 8 --steps 3")
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a benchmark is missing");
  }
}
