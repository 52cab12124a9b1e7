package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that leave and join a run whose sums do not depend on how many there are. */
@Tag("process")
class CanonicalClusterTest {
  private static final int NODES = 3;
  private static final int STEPS = 600;
  private static final String CANONICAL = "optimization.canonical-reduction=true";

  @TempDir static Path common;
  private static Path images;
  private static Path alone;

  @TempDir Path temp;

  @BeforeAll
  static void runAlone() throws Exception {
    images = ProcessRun.images(common.resolve("images"));
    alone = ProcessCluster.runUndisturbed(images, common, STEPS, 1, CANONICAL);
  }

  @Test
  void shouldHaveTheBitsOfOneTrainerWhenNodesLeave() throws Exception {
    try (ProcessCluster cluster =
        new ProcessCluster(NODES, images, temp, STEPS, CANONICAL, "cluster.on-loss=continue")) {
      cluster.startAll();
      cluster.awaitSteps(20);
      cluster.terminate(2);
      assertThat(cluster.end(2)).as(cluster::logs).isEqualTo(5);
      // The one that leads at first, too.
      cluster.terminate(0);
      assertThat(cluster.end(0)).as(cluster::logs).isEqualTo(5);
      assertThat(ProcessRun.committed(cluster.out())).isLessThan(STEPS);
      assertThat(cluster.end(1)).as(cluster::logs).isZero();

      assertSameRun(cluster);
    }
  }

  @Test
  void shouldHaveTheBitsOfOneTrainerWhenANodeJoinsAndFewerResume() throws Exception {
    try (ProcessCluster cluster =
        new ProcessCluster(NODES, images, temp, STEPS, CANONICAL, "cluster.min-trainers=2")) {
      cluster.start(0);
      cluster.start(1);
      cluster.awaitSteps(20);
      assertThat(worldSizes(cluster)).containsExactly(2);
      cluster.start(2);
      cluster.untilAsserted(() -> assertThat(worldSizes(cluster)).containsExactly(2, 3));
      for (int node = 0; node < NODES; node++) {
        cluster.terminate(node);
      }
      for (int node = 0; node < NODES; node++) {
        assertThat(cluster.end(node)).as(cluster::logs).isEqualTo(5);
      }
      assertThat(ProcessRun.committed(cluster.out())).isLessThan(STEPS);

      cluster.start(0);
      cluster.start(1);
      assertThat(cluster.end(0)).as(cluster::logs).isZero();
      assertThat(cluster.end(1)).as(cluster::logs).isZero();
      assertSameRun(cluster);
    }
  }

  private static Set<Integer> worldSizes(ProcessCluster cluster) throws IOException {
    Path metrics = cluster.out().resolve("metrics.jsonl");
    return MetricsLog.read(metrics).stream()
        .map(StepMetrics::worldSize)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void assertSameRun(ProcessCluster cluster) throws IOException {
    assertThat(ProcessRun.tensors(cluster.out(), STEPS))
        .isEqualTo(ProcessRun.tensors(alone, STEPS));
    cluster.assertSameBits(alone);
  }
}
