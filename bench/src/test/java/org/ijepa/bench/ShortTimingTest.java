package org.ijepa.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ShortTimingTest {
  private long nanos;
  private int made;

  /** Steps of which the first takes three times as long. */
  private ShortTiming time(double millis, Duration budget) {
    return ShortTiming.of(
        () -> {
          double all = made++ == 0 ? 3 * millis : millis + made;
          nanos += (long) (all * 1e6);
          return new OwnStep.Sample(
              all, Map.of("reduce", 1.0, "settle", 2.0, "optimizer", 18.0, "ema", 5.0));
        },
        budget,
        () -> nanos);
  }

  @Test
  void shouldTakeTheMiddleOfAFewStepsAfterTheFirst() {
    ShortTiming timing = time(100, Duration.ofSeconds(10));
    assertThat(made).isEqualTo(6);
    assertThat(timing.steps()).isEqualTo(5);
    // The timed ones took 102, 103, 104, 105 and 106 ms.
    assertThat(timing.microBatchSeconds()).isCloseTo(0.104 - 0.026, within(1e-9));
    assertThat(timing.updateSeconds()).isCloseTo(0.025, within(1e-9));
  }

  @Test
  void shouldBeginNoStepOnceItsTimeIsSpent() {
    assertThat(time(4_000, Duration.ofSeconds(20)).steps()).isEqualTo(2);
    assertThat(made).isEqualTo(3);
  }

  @Test
  void shouldTakeTheFirstStepWhereItAloneTakesTheTime() {
    ShortTiming timing = time(4_000, Duration.ofSeconds(10));
    assertThat(made).isEqualTo(1);
    assertThat(timing.steps()).isEqualTo(1);
    assertThat(timing.microBatchSeconds()).isCloseTo(12 - 0.026, within(1e-9));
  }
}
