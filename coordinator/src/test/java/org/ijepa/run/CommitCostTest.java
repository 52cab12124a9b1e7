package org.ijepa.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CommitCostTest {
  private static final double NOT_KNOWN = Double.NaN;

  /** A step of 8 images. */
  private static StepMetrics step(long step, double imagesPerSecond, double commitWait) {
    return new StepMetrics(
        step,
        1,
        0.5,
        1e-3,
        0.04,
        0.996,
        2,
        8 * (step + 1),
        imagesPerSecond,
        0,
        commitWait,
        1,
        1,
        false);
  }

  @Test
  void shouldAverageOverTheStepsThatKnow() {
    CommitCost cost =
        CommitCost.of(
                List.of(
                    step(0, 1, NOT_KNOWN),
                    step(1, 80, 0.001),
                    step(2, 20, 0.004),
                    step(3, NOT_KNOWN, 9)))
            .orElseThrow();

    // A tenth and four tenths of a second.
    assertThat(cost.seconds()).isCloseTo(0.0025, within(1e-12));
    assertThat(cost.share()).isCloseTo(0.01, within(1e-12));
    assertThat(cost.text()).isEqualTo("commits: 2.5 ms a step, 1.00 % of the time");
  }

  @Test
  void shouldSayNothingOfStepsThatDoNotKnow() {
    assertThat(CommitCost.of(List.of())).isEmpty();
    assertThat(CommitCost.of(List.of(step(0, 1, NOT_KNOWN)))).isEmpty();
  }
}
