package org.ijepa.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.ledger.LedgerChain;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChaosReportTest {
  private static final LedgerHeader HEADER =
      new LedgerHeader(LedgerHeader.FORMAT_VERSION, 1, 64, "ff", 16, 16, Tail.DROP, Shards.NONE);
  private static final Recovery GOOD = new Recovery(Fault.KILL, "node-1", 2, 9.5, 14, false);

  @TempDir Path temp;

  private Path run(String name, double... losses) throws IOException {
    Path run = Files.createDirectories(temp.resolve(name));
    LedgerChain chain = LedgerChain.begin(HEADER);
    List<LedgerEntry> entries = new ArrayList<>();
    StringBuilder metrics = new StringBuilder();
    for (int step = 0; step < losses.length; step++) {
      entries.add(chain.append(step, false, List.of(), losses[step]));
      metrics.append("{\"step\": " + step + ", \"loss\": " + losses[step] + "}\n");
    }
    LedgerFile.rewrite(run.resolve("ledger.jsonl"), HEADER, entries);
    Files.writeString(run.resolve("metrics.jsonl"), metrics);
    return run;
  }

  private ChaosReport report(Path run, Recovery... recoveries) throws IOException {
    return ChaosReport.of(
        run, List.of(recoveries), Optional.of(run("undisturbed", 1, 0.5, 0.25, 0.125)));
  }

  @Test
  void shouldBeGoodWhenRunIsTheUndisturbedOne() throws IOException {
    ChaosReport report = report(run("run", 1, 0.5, 0.25), GOOD);
    assertThat(report.good()).isTrue();
    assertThat(report.lines())
        .anyMatch(line -> line.matches("kill +1 +9\\.5 +9\\.5 +14\\.0 +14\\.0"))
        .anyMatch(line -> line.equals("ledger: proven, 3 steps"))
        .anyMatch(line -> line.matches("losses: 3 steps .*all the same"));
  }

  @Test
  void shouldTellLossesThatAreOthers() throws IOException {
    ChaosReport report = report(run("run", 1, 0.51, 0.25), GOOD);
    assertThat(report.good()).isFalse();
    assertThat(report.lines()).anyMatch(line -> line.contains("at most 2.0e-02 apart"));
  }

  @Test
  void shouldNotBeGoodWhenTheRunDidNotRecover() throws IOException {
    Recovery lost = new Recovery(Fault.STOP, "node-0", 2, 9, Double.NaN, false);
    assertThat(report(run("run", 1, 0.5), GOOD, lost).good()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "SLOW, node-0, SLOW NODES TAKEN FOR DEAD: 1",
    "DISK_FULL, all, FULL DISKS THAT COST A NODE: 1"
  })
  void shouldTellNodeThatShouldHaveBorneItsFault(Fault fault, String node, String line)
      throws IOException {
    Recovery lost = new Recovery(fault, node, 2, 1, 20, true);
    ChaosReport report = report(run("run", 1, 0.5), lost);
    assertThat(report.good()).isFalse();
    assertThat(report.lines()).contains(line);
  }

  @Test
  void shouldNotBeGoodWhenTheLedgerMissesAStep() throws IOException {
    Path run = run("run", 1, 0.5, 0.25);
    Path ledger = run.resolve("ledger.jsonl");
    List<String> lines = Files.readAllLines(ledger);
    lines.remove(2);
    Files.write(ledger, lines);
    ChaosReport report = report(run, GOOD);
    assertThat(report.good()).isFalse();
    assertThat(report.lines()).contains("ledger: WRONG");
  }
}
