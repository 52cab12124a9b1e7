package org.ijepa.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.parity.ParityReplay;
import org.ijepa.parity.ParityReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Replays a trajectory that was recorded with the published implementation. */
@Command(
    name = "parity",
    description = {
      "Replays a recorded trajectory and compares.",
      "Says how far losses, gradients, weights and schedules, in fp32, are from the record. Exits with",
      "1 where anything is out of tolerance."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa parity --case trainer/src/test/resources/golden/plain --trainers 2")
final class ParityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--case",
      paramLabel = "DIR",
      required = true,
      description = "Folder with trajectory.json and the recorded tensors.")
  private Path folder;

  @Option(
      names = "--micro-batch",
      paramLabel = "M",
      defaultValue = "0",
      description = "Images computed at once; divides the recorded groups (default: whole groups).")
  private int microBatch;

  @Option(
      names = "--trainers",
      paramLabel = "W",
      defaultValue = "1",
      description = "Replicas that share each step (default: ${DEFAULT-VALUE}).")
  private int trainers;

  @Override
  public Integer call() throws Exception {
    if (microBatch < 0 || trainers < 1) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--micro-batch " + microBatch + " --trainers " + trainers,
          "give a micro-batch from 1 on and at least one trainer");
    }
    try {
      ParityReport report = ParityReplay.run(folder, microBatch, trainers, 1);
      spec.commandLine().getOut().println(report.text());
      return (report.passed() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
    } catch (IllegalArgumentException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          folder + ": " + e.getMessage(),
          "give the folder of a recorded case, and a --micro-batch that divides its groups",
          e);
    }
  }
}
