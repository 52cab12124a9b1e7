package org.ijepa.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DesignTest {
  @Property(tries = 25)
  void shouldMultiplyLikeTheTripleLoop(
      @ForAll @IntRange(min = 1, max = 530) int samples,
      @ForAll @IntRange(min = 1, max = 140) int width,
      @ForAll @IntRange(min = 1, max = 5) int outputs,
      @ForAll long seed) {
    double[][] rows = Blobs.gaussian(samples, width, seed);
    double[][] weights = Blobs.gaussian(outputs, width, seed + 1);
    double[] bias = Blobs.gaussian(1, outputs, seed + 2)[0];
    double[][] out = Blobs.gaussian(outputs, samples, seed + 3);

    try (Workers workers = new Workers(3)) {
      new Design(rows).times(weights, bias, out, workers);
    }

    for (int c = 0; c < outputs; c++) {
      for (int n = 0; n < samples; n++) {
        double expected = bias[c];
        for (int d = 0; d < width; d++) {
          expected += weights[c][d] * rows[n][d];
        }
        assertThat(out[c][n]).isCloseTo(expected, within(1e-10));
      }
    }
  }

  @Property(tries = 25)
  void shouldMultiplyTransposedLikeTheTripleLoop(
      @ForAll @IntRange(min = 1, max = 530) int samples,
      @ForAll @IntRange(min = 1, max = 140) int width,
      @ForAll @IntRange(min = 1, max = 5) int outputs,
      @ForAll long seed) {
    double[][] rows = Blobs.gaussian(samples, width, seed);
    double[][] weights = Blobs.gaussian(outputs, samples, seed + 1);
    double[][] out = Blobs.gaussian(outputs, width, seed + 2);

    try (Workers workers = new Workers(3)) {
      new Design(rows).transposedTimes(weights, out, workers);
    }

    for (int c = 0; c < outputs; c++) {
      for (int d = 0; d < width; d++) {
        double expected = 0;
        for (int n = 0; n < samples; n++) {
          expected += weights[c][n] * rows[n][d];
        }
        assertThat(out[c][d]).isCloseTo(expected, within(1e-10));
      }
    }
  }

  @Test
  void shouldAverageOuterProducts() {
    try (Workers workers = new Workers(1)) {
      double[][] mean = new Design(new double[][] {{1, 2}, {3, -4}}).meanOuterProduct(workers);

      assertThat(mean).isDeepEqualTo(new double[][] {{5, -5}, {-5, 10}});
    }
  }
}
