package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same run with one trainer and with more. */
final class CanonicalRunTest {
  @TempDir Path temp;
  private Path images;

  @BeforeEach
  void drawImages() throws Exception {
    images = SmallRun.images(temp.resolve("images"));
  }

  private Path run(int trainers, boolean canonical) throws Exception {
    Path out = temp.resolve(trainers + "-" + canonical);
    SmallRun.run(
        SmallRun.settings(
            images,
            "optimization.micro-batch=1",
            "cluster.trainers=" + trainers,
            "optimization.canonical-reduction=" + canonical),
        out,
        StepProbe.NONE);
    return out;
  }

  @Test
  void shouldHaveTheSameBitsForAnyNumberOfTrainers() throws Exception {
    Path one = run(1, true);
    for (int trainers : new int[] {2, 3, 8}) {
      Path more = run(trainers, true);
      assertThat(SmallRun.losses(more)).hasSize(12).isEqualTo(SmallRun.losses(one));
      assertThat(SmallRun.tensors(more)).isEqualTo(SmallRun.tensors(one));
      assertThat(SmallRun.ledger(more)).isEqualTo(SmallRun.ledger(one));
    }
  }

  /** Else the test above would prove nothing. */
  @Test
  void shouldDifferInBitsWithoutIt() throws Exception {
    assertThat(SmallRun.tensors(run(3, false))).isNotEqualTo(SmallRun.tensors(run(1, false)));
  }
}
