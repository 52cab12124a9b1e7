package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose gradients travel as bfloat16. */
@Tag("process")
final class RoundedClusterTest {
  private static final int NODES = 3;
  private static final int STEPS = 150;
  private static final String ROUNDED = "optimization.reduction-precision=bf16";

  @TempDir Path temp;

  @Test
  void shouldHaveTheBitsOfOneProcessThoughANodeIsKilled() throws Exception {
    Path images = ProcessRun.images(temp.resolve("images"));
    Path together = ProcessCluster.runUndisturbed(images, temp, STEPS, NODES, ROUNDED);
    try (ProcessCluster cluster =
        new ProcessCluster(NODES, images, temp, STEPS, ROUNDED, "cluster.on-loss=wait")) {
      cluster.startAll();
      cluster.awaitSteps(20);
      cluster.kill(2);
      cluster.start(2);
      cluster.awaitDone();

      assertThat(ProcessRun.tensors(cluster.out(), STEPS))
          .isEqualTo(ProcessRun.tensors(together, STEPS));
      cluster.assertSameBits(together);
    }
  }
}
