package org.ijepa.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;

/**
 * What became of a run under faults.
 *
 * @param lines for people
 * @param good whether every fault was recovered from, none cost a node that should have borne it,
 *     the ledger is proven and losses are equal up to the order of additions
 */
public record ChaosReport(List<String> lines, boolean good) {
  /** Losses of trainers of another number differ by the order of float additions. */
  private static final double CLOSE = 1e-3;

  /**
   * Looks at a run's files.
   *
   * @param undisturbed folder of the same run without faults
   */
  public static ChaosReport of(Path run, List<Recovery> recoveries, Optional<Path> undisturbed)
      throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("fault          times  again: median  max   whole: median  max (seconds)");
    Map<Fault, List<Recovery>> byFault =
        recoveries.stream()
            .collect(Collectors.groupingBy(Recovery::fault, TreeMap::new, Collectors.toList()));
    byFault.forEach((fault, those) -> lines.add(line(fault, those)));
    boolean good = recoveries.stream().allMatch(Recovery::isWhole);
    long dead = costs(recoveries, Fault.SLOW);
    if (dead > 0) {
      lines.add("SLOW NODES TAKEN FOR DEAD: " + dead);
    }
    long full = costs(recoveries, Fault.DISK_FULL);
    if (full > 0) {
      lines.add("FULL DISKS THAT COST A NODE: " + full);
    }
    good &= dead + full == 0;

    LedgerContents contents = LedgerFile.read(RunFolder.ledger(run));
    LedgerReport ledger = LedgerVerifier.verify(contents.header(), contents.entries());
    lines.add("ledger: " + (ledger.isIntact() ? "proven, " + ledger.steps() + " steps" : "WRONG"));
    good &= ledger.isIntact();
    if (undisturbed.isPresent()) {
      Comparison compared = compare(run, undisturbed.get());
      lines.add(compared.line());
      good &= compared.worst() <= CLOSE;
    }
    return new ChaosReport(List.copyOf(lines), good);
  }

  private static long costs(List<Recovery> recoveries, Fault fault) {
    return recoveries.stream()
        .filter(recovery -> recovery.fault() == fault && recovery.costANode())
        .count();
  }

  private static String line(Fault fault, List<Recovery> those) {
    double[] again = those.stream().mapToDouble(Recovery::seconds).sorted().toArray();
    double[] whole = those.stream().mapToDouble(Recovery::whole).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%-13s  %5d  %13.1f  %4.1f  %13.1f  %4.1f",
        fault.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        those.size(),
        again[again.length / 2],
        again[again.length - 1],
        whole[whole.length / 2],
        whole[whole.length - 1]);
  }

  private record Comparison(double worst, String line) {}

  private static Comparison compare(Path run, Path undisturbed) throws IOException {
    Map<Long, Double> expected =
        MetricsLog.read(RunFolder.metrics(undisturbed)).stream()
            .collect(Collectors.toMap(StepMetrics::step, StepMetrics::loss, (a, b) -> b));
    int steps = 0;
    double worst = 0;
    for (StepMetrics own : MetricsLog.read(RunFolder.metrics(run))) {
      Double loss = expected.get(own.step());
      if (loss != null) {
        steps++;
        // What is not finite in one of them alone is as wrong as can be.
        double difference = own.loss() == loss ? 0 : Math.abs(own.loss() / loss - 1);
        worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
      }
    }
    String line =
        steps == 0
            ? "losses: no step in common with " + undisturbed
            : String.format(
                Locale.ROOT,
                "losses: %d steps beside %s, %s",
                steps,
                undisturbed,
                worst == 0
                    ? "all the same"
                    : String.format(Locale.ROOT, "at most %.1e apart", worst));
    return new Comparison(steps == 0 ? Double.POSITIVE_INFINITY : worst, line);
  }
}
