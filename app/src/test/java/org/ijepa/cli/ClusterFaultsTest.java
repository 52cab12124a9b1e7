package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.ijepa.embedded.EmbeddedS3;
import org.ijepa.run.EventLog;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.LeftOut;
import org.ijepa.run.RunEvent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Three nodes, each a process, of which something else than the process itself breaks. */
@Tag("process")
class ClusterFaultsTest extends ProcessClusterTest {
  private static final int STEPS = 150;
  private static final int FAULT_STEP = 20;

  /** Less than a checkpoint's tensors take, more than what else a run writes. */
  private static final long SMALL_FILE = 60_000;

  private static final String FAILED = "checkpoint step-\\S* failed: .*";

  @BeforeAll
  static void runUndisturbed() throws Exception {
    runUndisturbed(STEPS);
  }

  private ProcessRun.Kind faulty(String fault) {
    return FaultyNode.with(fault, FAULT_STEP, temp);
  }

  private List<RunEvent> events() throws Exception {
    Path file = cluster.out().resolve("events.jsonl");
    return Files.exists(file) ? EventLog.read(file) : List.of();
  }

  private void assertNobodyWasLost() throws Exception {
    assertThat(events())
        .as(cluster::logs)
        .extracting(RunEvent::text)
        .noneMatch(text -> text.contains("was removed") || text.contains("started anew"))
        .noneMatch(text -> text.matches("trainer \\S* failed: .*"));
  }

  @SideBySide
  void shouldGoOnWithTheSameBitsWhenTrainerFindsTheHeapFull() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    cluster.start(0);
    cluster.start(1, faulty("HEAP_FULL"), Map.of());
    cluster.start(2);
    cluster.awaitDone();

    assertThat(events())
        .extracting(RunEvent::text)
        .anyMatch(text -> text.matches("trainer node-1-0 failed: .*OutOfMemoryError.*"));
    cluster.assertSameBits(undisturbed);
  }

  @SideBySide
  void shouldGoOnWithTheSameBitsWhenTrainerHangsWithinASum() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS, "cluster.collective-timeout=5s");
    cluster.start(0);
    cluster.start(1);
    cluster.start(2, faulty("HUNG"), Map.of());
    cluster.untilAsserted(
        () ->
            assertThat(events())
                .as(cluster::logs)
                .anyMatch(event -> event.what() instanceof GenerationEnded));
    FaultyNode.mark(temp);
    cluster.awaitDone();

    cluster.assertSameBits(undisturbed);
  }

  private void assertGoesOnWithoutTheNodeThatHangs(int node, String fault, String at)
      throws Exception {
    String which = "node-" + node;
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    // The others are only slow, however slow the machine is.
    ProcessRun.Kind hangs = FaultyNode.with(fault, FAULT_STEP, temp, "cluster.hang-timeout=20s");
    for (int each = 0; each < NODES; each++) {
      cluster.start(each, each == node ? hangs : ProcessRun.Kind.PRETRAIN, Map.of());
    }
    cluster.expectEnd(node);
    cluster.awaitSteps(STEPS);
    for (int each = 0; each < NODES; each++) {
      assertThat(cluster.end(each)).as(cluster::logs).isEqualTo(each == node ? 5 : 0);
    }

    String what =
        "rank %d has not moved for 20 s (cluster.hang-timeout) at %s"
            .formatted(node, at.formatted(FAULT_STEP));
    assertThat(cluster.log(node))
        .contains("trainer " + which + "-0 hangs, and with it this node ends: " + what)
        // Where in the program.
        .contains("org.ijepa.cli.FaultyNode.hang(");
    assertThat(events())
        .as(cluster::logs)
        .extracting(RunEvent::text)
        .contains("trainer " + which + "-0 failed: " + what)
        .noneMatch(text -> text.contains("is left out"));
    cluster.assertSameCurve(undisturbed);
  }

  @SideBySide
  void shouldGoOnWithoutTheNodeWhoseTrainerHangs() throws Exception {
    assertGoesOnWithoutTheNodeThatHangs(2, "STUCK", "step %d, backward");
  }

  /**
   * The others cannot be asked to go on before it is gone, as an update that is half done has no
   * vote.
   */
  @SideBySide
  void shouldGoOnWhereTheLeadingNodesTrainerHangsInAnUpdate() throws Exception {
    assertGoesOnWithoutTheNodeThatHangs(0, "STUCK_IN_UPDATE", "update of step %d");
  }

  /** Akka sees all nodes; gradients find no way from one of them to another. */
  @SideBySide
  void shouldGoOnWithoutTheTrainerThatAnotherCannotReachAndNameIt() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    // The run goes no further until it has been asked how it is.
    cluster.start(0, faulty("HUNG"), Map.of());
    cluster.start(1, LostLinkSerializer.to("node-2-0"), Map.of());
    cluster.start(2);
    cluster.awaitSteps(FAULT_STEP);
    Outcome status = Outcome.run("cluster", "status", "--join", "127.0.0.1:" + cluster.port(1));
    FaultyNode.mark(temp);
    cluster.awaitDone();

    assertThat(status.out())
        .contains("trainers: node-0-0, node-1-0", "left out: node-2-0", "trainer node-2-0 is left");
    assertThat(events())
        .extracting(RunEvent::what)
        .filteredOn(what -> what instanceof LeftOut)
        .singleElement()
        .satisfies(
            what ->
                // More than 4 where an attempt ended before all members had said what failed.
                assertThat(what.text())
                    .matches(
                        "trainer node-2-0 is left out: sums failed \\d+ times in a row: node-1-0:.*")
                    .contains("rank 1 cannot reach rank 2 at 127.0.0.1:1")
                    .contains("(node-2-0)"));
    assertThat(events())
        .extracting(RunEvent::what)
        .filteredOn(what -> what instanceof GenerationBegan)
        .hasSizeGreaterThanOrEqualTo(5);
    assertThat(cluster.log(0)).contains("trainer node-2-0 is left out");
    cluster.assertSameCurve(undisturbed);
  }

  /** Two nodes cannot go on without each other, and say what failed. */
  @SideBySide
  void shouldStopResumablyWhereTwoTrainersCannotReachEachOther() throws Exception {
    cluster = new ProcessCluster(2, images, temp, STEPS, "cluster.regroup.attempts=3");
    cluster.start(0);
    cluster.start(1, LostLinkSerializer.to("node-0-0"), Map.of());
    cluster.expectEnd(0);
    cluster.expectEnd(1);

    assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(5);
    assertThat(cluster.end(1)).as(cluster::logs).isEqualTo(5);
    assertThat(cluster.log(0))
        .containsPattern("sums failed \\d+ times in a row: node-1-0: ")
        .contains("rank 1 cannot reach rank 0");
  }

  @SideBySide
  void shouldCommitStepThatOnlySomeHeardOfWhenTheCoordinatorDied() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS, "cluster.on-loss=wait");
    cluster.start(0, faulty("HALT_AFTER_MARK"), Map.of());
    cluster.start(1, faulty("MARK"), Map.of());
    cluster.start(2, DeafSerializer.to(FAULT_STEP), Map.of());
    cluster.expectEnd(0);
    cluster.awaitSteps(FAULT_STEP);
    assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(137);
    cluster.start(0);
    cluster.awaitDone();

    // Nobody computes it again: it was decided before the coordinator died.
    assertThat(events())
        .extracting(RunEvent::what)
        .filteredOn(what -> what instanceof GenerationBegan)
        .anyMatch(what -> ((GenerationBegan) what).nextStep() == FAULT_STEP + 1);
    cluster.assertSameBits(undisturbed);
  }

  @SideBySide
  void shouldGoOnWhereTheMajorityIsWhenTheCoordinatorIsCutOff() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    cluster.start(0, faulty("CUT_OFF"), Map.of());
    cluster.start(1);
    cluster.start(2);
    cluster.expectEnd(0);
    cluster.awaitSteps(FAULT_STEP);

    assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(5);
    assertThat(cluster.end(1)).as(cluster::logs).isZero();
    assertThat(cluster.end(2)).as(cluster::logs).isZero();
    cluster.assertSameCurve(undisturbed);
  }

  @Test
  @ResourceLock(SideBySide.MACHINE)
  void shouldNotTakeSlowNodeForDead() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    cluster.startAll();
    cluster.awaitSteps(FAULT_STEP);
    for (int turn = 0; turn < 3; turn++) {
      cluster.signal(2, "STOP");
      // How long it is slow is the fault itself; nothing is waited for.
      Thread.sleep(2000);
      cluster.signal(2, "CONT");
      cluster.awaitSteps(ProcessRun.committed(cluster.out()) + 5);
    }
    cluster.awaitDone();

    assertNobodyWasLost();
    cluster.assertSameBits(undisturbed);
  }

  @SideBySide
  void shouldGoOnWhenDiskIsFullAndStoreTheNextCheckpoint() throws Exception {
    cluster = new ProcessCluster(NODES, images, temp, STEPS);
    cluster.startAll();
    cluster.awaitSteps(FAULT_STEP);
    limitFiles(String.valueOf(SMALL_FILE));
    awaitFailedCheckpoint();
    limitFiles("unlimited");
    cluster.awaitDone();

    assertThat(ProcessRun.tensors(cluster.out(), STEPS))
        .isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
    assertStoredAgain();
  }

  @SideBySide
  void shouldGoOnWhenS3RefusesAndStoreTheNextCheckpoint() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start(temp.resolve("s3"));
        RefusingProxy proxy = new RefusingProxy(s3.endpoint())) {
      s3.createBucket("run");
      Map<String, String> credentials =
          Map.of(
              "AWS_ACCESS_KEY_ID", s3.credentials().accessKeyId(),
              "AWS_SECRET_ACCESS_KEY", s3.credentials().secretAccessKey());
      cluster =
          new ProcessCluster(
              NODES,
              images,
              temp,
              STEPS,
              "checkpoint.uri=\"" + s3.uri("run", "") + "\"",
              "data.s3.endpoint=\"" + proxy.endpoint() + "\"",
              "data.s3.region=us-east-1");
      for (int node = 0; node < NODES; node++) {
        cluster.start(node, ProcessRun.Kind.PRETRAIN, credentials);
      }
      cluster.awaitSteps(FAULT_STEP);
      proxy.refuse(true);
      awaitFailedCheckpoint();
      proxy.refuse(false);
      cluster.awaitDone();
      assertStoredAgain();
    }
  }

  private void awaitFailedCheckpoint() {
    cluster.untilAsserted(
        () ->
            assertThat(events())
                .as(cluster::logs)
                .extracting(RunEvent::text)
                .anyMatch(text -> text.matches(FAILED)));
  }

  /** No trainer stopped, a later checkpoint was stored, and nothing else has changed. */
  private void assertStoredAgain() throws Exception {
    assertNobodyWasLost();
    List<RunEvent> all = events();
    int failed =
        IntStream.range(0, all.size())
            .filter(i -> all.get(i).text().matches(FAILED))
            .max()
            .orElseThrow();
    assertThat(all.subList(failed, all.size()))
        .as(cluster::logs)
        .anyMatch(event -> event.what() instanceof CheckpointStored);
    cluster.assertSameBits(undisturbed);
  }

  /** No file of the node that writes checkpoints may grow beyond that: as if the disk were full. */
  private void limitFiles(String bytes) throws Exception {
    ProcessCluster.run(
        "prlimit", "--pid", String.valueOf(cluster.pid(0)), "--fsize=" + bytes + ":unlimited");
  }
}
