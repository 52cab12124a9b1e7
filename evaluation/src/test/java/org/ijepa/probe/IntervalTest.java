package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class IntervalTest {
  @Test
  void shouldGiveTheKnownWilsonInterval() {
    // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    assertWilson(81, 263, 0.2553, 0.3662);
    assertWilson(15, 148, 0.0624, 0.1605);
    assertWilson(0, 20, 0.0000, 0.1611);
    assertWilson(1, 29, 0.0061, 0.1718);
  }

  @Property(tries = 200)
  void shouldSolveWilsonsEquation(
      @ForAll @IntRange(min = 1, max = 5000) int trials,
      @ForAll @IntRange(min = 0, max = 5000) int drawn) {
    int successes = Math.min(drawn, trials);
    double share = (double) successes / trials;

    Interval interval = Interval.wilson(successes, trials);

    // Each end p is where |share - p| = z sqrt(p (1 - p) / n).
    for (double p : new double[] {interval.low(), interval.high()}) {
      double reach = 1.959963984540054 * Math.sqrt(p * (1 - p) / trials);
      boolean outerEnd = p == 0 || p == 1;
      assertThat(Math.abs(share - p)).isCloseTo(outerEnd ? 0 : reach, within(1e-9));
    }
    assertThat(interval.contains(share)).isTrue();
  }

  @Test
  void shouldBeUndefinedWithoutTrials() {
    assertThat(Interval.wilson(0, 0)).isEqualTo(new Interval(Double.NaN, Double.NaN));
  }

  @Test
  void shouldRefuseMoreSuccessesThanTrials() {
    assertThatThrownBy(() -> Interval.wilson(3, 2)).hasMessageContaining("3 successes");
  }

  @Test
  void shouldInterpolatePercentiles() {
    double[] sorted = new double[101];
    for (int i = 0; i <= 100; i++) {
      sorted[i] = i;
    }

    Interval interval = Interval.percentiles(sorted);

    assertThat(interval.low()).isCloseTo(2.5, within(1e-12));
    assertThat(interval.high()).isCloseTo(97.5, within(1e-12));
  }

  private static void assertWilson(int successes, int trials, double low, double high) {
    Interval interval = Interval.wilson(successes, trials);
    assertThat(interval.low()).isCloseTo(low, within(5e-5));
    assertThat(interval.high()).isCloseTo(high, within(5e-5));
  }
}
