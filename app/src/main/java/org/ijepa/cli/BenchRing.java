package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.ijepa.bench.Quantiles;
import org.ijepa.bench.RingBenchmark;
import org.ijepa.bench.RingBenchmark.Round;
import org.ijepa.failure.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how gradients are added up between nodes. */
@Command(
    name = "ring",
    description = {
      "Times the all-reduce of gradients between nodes.",
      "Over the loopback interface, beside a plain copy of as many bytes through as many sockets at once,",
      "turn by turn; and the sums of optimization.reduction-precision = bf16 and of",
      "optimization.canonical-reduction, the latter of one term a rank."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa bench ring --ranks 3 --elements 25000000")
final class BenchRing implements Callable<Integer> {
  private static final int MOST_RANKS = 64;

  @Spec private CommandSpec spec;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "3",
      description = "Ranks, each with a thread here (default: ${DEFAULT-VALUE}).")
  private int ranks;

  @Option(
      names = "--elements",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Floats of a gradient (default: ${DEFAULT-VALUE}).")
  private long elements;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "9",
      description = "Rounds that are timed (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Override
  public Integer call() throws Exception {
    require("--ranks", ranks, 2, MOST_RANKS);
    require("--elements", elements, 1, Integer.MAX_VALUE);
    require("--rounds", rounds, 1, Integer.MAX_VALUE);
    PrintWriter out = spec.commandLine().getOut();
    try (RingBenchmark benchmark = new RingBenchmark(ranks, elements)) {
      List<Round> all = benchmark.run(rounds);
      double ring = Quantiles.median(all, Round::ring);
      double[] quartiles = Quantiles.quartiles(all.stream().mapToDouble(Round::ratio).toArray());
      out.printf(
          Locale.ROOT,
          "%d ranks, %d floats: all-reduce %.3f s, %.2f GB/s over all links; plain copy %.3f s;"
              + " the ring reaches %.0f %% of it (quartiles %.0f - %.0f)%n",
          ranks,
          elements,
          ring,
          benchmark.bytes() * 1e-9 / ring,
          Quantiles.median(all, Round::plain),
          100 * Quantiles.median(all, Round::ratio),
          100 * quartiles[0],
          100 * quartiles[1]);
      double rounded = Quantiles.median(all, Round::rounded);
      out.printf(
          Locale.ROOT,
          "in bfloat16: all-reduce %.3f s, %.2f GB/s over all links, %.2f times the time of float32"
              + "%n",
          rounded,
          0.5e-9 * benchmark.bytes() / rounded,
          Quantiles.median(all, Round::roundedRatio));
      double tree = Quantiles.median(all, Round::tree);
      out.printf(
          Locale.ROOT,
          "canonical sum of a term a rank: %.3f s, %.2f times the all-reduce%n",
          tree,
          tree / ring);
    }
    out.flush();
    return ExitCode.DONE.number();
  }

  private void require(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), option + " is " + value + "; it must be " + least + " - " + most);
    }
  }
}
