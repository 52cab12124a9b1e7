package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.CommitCost;
import org.ijepa.run.FindingLog;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.stage.Bottleneck;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.stage.StageCounts;
import org.ijepa.store.Hedges;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says from a run's own counts what limits it. */
@Command(
    name = "doctor",
    description = {
      "Says which stage limits a run, and which setting to change to what; during or after it.",
      "The counts are those of the trainer that waited longest for its input in each step."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa doctor --run runs/photos")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "Run folder.")
  private Path run;

  @Option(
      names = "--windows",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many of the newest lines of pipeline.jsonl (default: ${DEFAULT-VALUE}).")
  private int windows;

  /** Steps that the cost of commits is taken from. */
  private static final int STEPS = 1000;

  @Override
  public Integer call() throws IOException {
    Path file = RunFolder.pipeline(run);
    List<FindingLog.Line> all = Files.isRegularFile(file) ? FindingLog.read(file) : List.of();
    if (all.isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          run + " holds no counts of the input yet",
          "give the folder of a run; a line comes every 50 steps and after the last");
    }
    List<FindingLog.Line> lines =
        all.subList(Math.max(0, all.size() - Math.max(1, windows)), all.size());
    FindingLog.Line last = lines.get(lines.size() - 1);
    PipelineCounts counts = PipelineCounts.NONE;
    for (FindingLog.Line line : lines) {
      counts = counts.plus(PipelineCounts.of(line.numbers()));
    }
    print(counts, last.step());
    commitCost().ifPresent(cost -> spec.commandLine().getOut().println(cost.text()));
    int cores = last.numbers().getOrDefault("cores", 1.0).intValue();
    spec.commandLine().getOut().println(Bottleneck.of(counts, cores).text());
    return ExitCode.DONE.number();
  }

  private Optional<CommitCost> commitCost() throws IOException {
    Path file = RunFolder.metrics(run);
    List<StepMetrics> steps = Files.exists(file) ? MetricsLog.read(file) : List.of();
    return CommitCost.of(steps.subList(Math.max(0, steps.size() - STEPS), steps.size()));
  }

  private void print(PipelineCounts counts, long step) {
    PrintWriter out = spec.commandLine().getOut();
    double seconds = counts.seconds();
    out.printf(Locale.ROOT, "%.0f s up to step %d%n", seconds, step);
    out.println(
        "stage    places       in      out   works  waits for input  waits for the next  queue");
    counts.forEach((name, stage) -> print(out, name, stage, seconds));
    Hedges hedges = counts.hedges();
    if (hedges.sent() > 0) {
      out.printf(
          Locale.ROOT,
          "%d of %d reads of the store were slow and sent a second time, %d times the second answer came first%n",
          hedges.sent(),
          hedges.reads(),
          hedges.won());
    }
    if (hedges.retries() > 0) {
      out.printf(
          Locale.ROOT,
          "%d times a read of the store failed (5xx, time-out, cut connection, wrong bytes) and was repeated%n",
          hedges.retries());
    }
    out.flush();
  }

  /** Of the queue, how many finished elements the next stage had before it on average. */
  private static void print(PrintWriter out, String name, StageCounts stage, double seconds) {
    if (stage.slots() == 0 && stage.in() == 0) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "%-8s %6d %8d %8d  %4.0f %%           %4.0f %%              %4.0f %%  %5.1f%n",
        name,
        stage.slots(),
        stage.in(),
        stage.out(),
        100 * stage.busyShare(),
        100 * stage.upstreamShare(),
        100 * stage.downstreamShare(),
        stage.downstream() / seconds);
  }
}
