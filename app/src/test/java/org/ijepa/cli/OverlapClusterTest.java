package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose gradients, of 3 million elements, are summed in parts beside the backward pass. */
@Tag("process")
final class OverlapClusterTest {
  private static final int NODES = 3;
  private static final int STEPS = 25;
  private static final String MODEL = "model.encoder=256/4/4";
  private static final String ROUNDED = "optimization.reduction-precision=bf16";

  @TempDir Path temp;

  @Test
  void shouldHaveTheBitsOfOneProcessThoughNodesAreKilled() throws Exception {
    Path images = ProcessRun.images(temp.resolve("images"));
    Path together = ProcessCluster.runUndisturbed(images, temp, STEPS, NODES, MODEL, ROUNDED);
    try (ProcessCluster cluster =
        new ProcessCluster(NODES, images, temp, STEPS, MODEL, ROUNDED, "cluster.on-loss=wait")) {
      cluster.startAll();
      cluster.awaitSteps(5);
      cluster.kill(2);
      cluster.start(2);
      cluster.awaitSteps(12);
      cluster.kill(0);
      cluster.start(0);
      cluster.awaitDone();

      assertThat(ProcessRun.tensors(cluster.out(), STEPS))
          .isEqualTo(ProcessRun.tensors(together, STEPS));
      cluster.assertSameBits(together);
    }
  }
}
