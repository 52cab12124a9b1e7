package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.ijepa.plan.CheckpointDistance;
import org.junit.jupiter.api.Test;

final class AdviceTest {
  private static final double DAY = 86_400;

  @Test
  void shouldWarnOfCheckpointsThatAreTooFarApartOrTooNear() {
    CheckpointDistance far = new CheckpointDistance(20_000, 4, 10, DAY);
    assertThat(Advice.distance(far, 10_000, 2).orElseThrow())
        .matches(
            "checkpoint.every-steps = 10000 makes the run 1[01] % longer than the best distance would,"
                + " about 414 steps \\(Young 416, Daly 414\\); ijepa plan simulates it");
    CheckpointDistance hopeless = new CheckpointDistance(20_000, 4, 10, 60);
    assertThat(Advice.distance(hopeless, 10_000, 2).orElseThrow())
        .startsWith("checkpoint.every-steps = 10000 makes the run many times as long as the best");
    CheckpointDistance near = new CheckpointDistance(20, 4, 2_000, DAY);
    assertThat(Advice.distance(near, 10, 2).orElseThrow())
        .contains("about 1000 steps (Young 416, Daly 414, and 1000 until one is written)");
  }

  @Test
  void shouldSayNothingOfCheckpointsThatAreRightlyApart() {
    assertThat(Advice.distance(new CheckpointDistance(1_000, 4, 10, DAY), 500, 2)).isEmpty();
  }
}
