package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that leave a run whose sums do not depend on how many there are. */
@Tag("process")
class CanonicalClusterTest {
  private static final int NODES = 3;
  private static final int STEPS = 600;
  private static final String CANONICAL = "optimization.canonical-reduction=true";

  @TempDir Path temp;

  @Test
  void shouldHaveTheBitsOfOneTrainerWhenNodesLeave() throws Exception {
    Path images = ProcessRun.images(temp.resolve("images"));
    Path alone = ProcessCluster.runUndisturbed(images, temp, STEPS, 1, CANONICAL);
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

      assertThat(ProcessRun.tensors(cluster.out(), STEPS))
          .isEqualTo(ProcessRun.tensors(alone, STEPS));
      cluster.assertSameBits(alone);
    }
  }
}
