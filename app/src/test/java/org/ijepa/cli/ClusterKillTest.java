package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.FindingLog;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.junit.jupiter.api.BeforeAll;

/** Three nodes, each a process, that are killed and stopped; the first one leads at first. */
class ClusterKillTest extends ProcessClusterTest {
  private static final int STEPS = 200;

  /** More than are done while a node starts. */
  private static final int MANY_STEPS = 20_000;

  @BeforeAll
  static void runUndisturbed() throws Exception {
    runUndisturbed(STEPS);
  }

  private void begin(int steps, String onLoss) throws IOException {
    cluster = new ProcessCluster(NODES, images, temp, steps, "cluster.on-loss=" + onLoss);
    cluster.startAll();
    cluster.awaitSteps(20);
  }

  private static void report(String what, double seconds) {
    System.out.printf("%s: training again after %.1f s%n", what, seconds);
  }

  @SideBySide
  void shouldEndWithTheSameBitsWhenKilledNodesComeBack() throws Exception {
    begin(STEPS, "wait");
    cluster.kill(2);
    cluster.start(2);
    long reached = ProcessRun.committed(cluster.out());
    report("a trainer's node killed and started again", cluster.awaitSteps(reached + 2));

    cluster.awaitSteps(50);
    cluster.kill(0);
    cluster.start(0);
    reached = ProcessRun.committed(cluster.out());
    report("the coordinator's node killed and started again", cluster.awaitSteps(reached + 2));

    cluster.awaitSteps(80);
    for (int node = 0; node < NODES; node++) {
      cluster.kill(node);
    }
    reached = ProcessRun.committed(cluster.out());
    cluster.startAll();
    report("all nodes killed and started again", cluster.awaitSteps(reached + 2));

    cluster.awaitDone();
    assertThat(ProcessRun.tensors(cluster.out(), STEPS))
        .isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
    cluster.assertSameBits(undisturbed);
  }

  @SideBySide
  void shouldTrainOnWithFewerWhenCoordinatorsNodeIsKilled() throws Exception {
    begin(STEPS, "continue");
    cluster.kill(0);
    long reached = ProcessRun.committed(cluster.out());
    report("the coordinator's node killed", cluster.awaitSteps(reached + 2));

    assertThat(cluster.end(1)).as(cluster::logs).isZero();
    assertThat(cluster.end(2)).as(cluster::logs).isZero();
    cluster.assertSameCurve(undisturbed);
    assertThat(Files.readString(cluster.out().resolve("report.html")))
        .contains("<td>the coordinator was lost</td>");
    // What the lost one wrote of steps that only the trainers remember stands there still.
    assertThat(MetricsLog.read(RunFolder.metrics(cluster.out())).subList(1, 15))
        .allMatch(step -> step.worldSize() == NODES && step.imagesPerSecond() > 0);
    assertThat(FindingLog.read(RunFolder.collapse(cluster.out())))
        .first()
        .matches(line -> line.step() == 0);
  }

  @SideBySide
  void shouldGoOnWithoutNodeThatSleepsAndEndItWhenItWakes() throws Exception {
    begin(STEPS, "continue");
    cluster.signal(0, "STOP");
    long reached = ProcessRun.committed(cluster.out());
    report("the coordinator's node stopped", cluster.awaitSteps(reached + 3));
    cluster.signal(0, "CONT");

    assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(5);
    assertThat(cluster.log(0)).contains("was removed from the run");
    assertThat(cluster.end(1)).as(cluster::logs).isZero();
    assertThat(cluster.end(2)).as(cluster::logs).isZero();
    // Whatever it may have added late: metrics and ledger have each step once, and no checkpoint of
    // its time is taken for the newest.
    cluster.assertSameCurve(undisturbed);
    assertThat(ProcessRun.tensors(cluster.out(), STEPS)).as(cluster::logs).isNotEmpty();
  }

  @SideBySide
  void shouldLetNodesLeaveAndComeBack() throws Exception {
    begin(MANY_STEPS, "continue");
    cluster.terminate(0);
    long reached = ProcessRun.committed(cluster.out());
    report("the coordinator's node left on SIGTERM", cluster.awaitSteps(reached + 3));
    assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(5);
    assertThat(cluster.log(0)).contains("has left the run");

    cluster.start(0);
    awaitLine("2 trainers");
    awaitLine("3 trainers");
    for (int node = 0; node < NODES; node++) {
      cluster.terminate(node);
      assertThat(cluster.end(node)).as(cluster::logs).isEqualTo(5);
    }
    LedgerContents contents = LedgerFile.read(cluster.out().resolve("ledger.jsonl"));
    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
    assertThat(contents.entries()).hasSize(ProcessRun.losses(cluster.out()).size());
  }

  @SideBySide
  void shouldSaveLastStepWhenAllAreToldToStopAtOnceAndGoOn() throws Exception {
    begin(STEPS, "continue");
    for (int node = 0; node < NODES; node++) {
      cluster.terminate(node);
    }
    for (int node = 0; node < NODES; node++) {
      assertThat(cluster.end(node)).as(cluster::logs).isEqualTo(5);
    }
    long reached = ProcessRun.committed(cluster.out());
    assertThat(reached).isBetween(20L, STEPS - 1L);
    assertThat(ProcessRun.tensors(cluster.out(), (int) reached)).as(cluster::logs).isNotEmpty();

    cluster.startAll();
    cluster.awaitSteps(STEPS);
    cluster.awaitDone();
    assertThat(cluster.logs()).contains("step " + reached + " from ");
    // Fewer add up in another order, should a signal have come too late to be gathered.
    cluster.assertSameCurve(undisturbed);
  }

  /** Waits until a node other than the first, which led before, says so. */
  private void awaitLine(String part) {
    cluster.untilAsserted(
        () -> assertThat(cluster.log(1) + "\n" + cluster.log(2)).as(cluster::logs).contains(part));
  }
}
