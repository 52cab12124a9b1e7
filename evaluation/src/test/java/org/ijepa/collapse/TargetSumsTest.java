package org.ijepa.collapse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TargetSumsTest {
  private static final int IMAGES = 40;
  private static final int POSITIONS = 6;
  private static final int WIDTH = 3;

  /** Each token is {@code place} x its position's own value plus {@code content} x noise. */
  private static float[] tokens(int images, double place, double content) {
    SplittableRandom random = new SplittableRandom(9);
    double[] own = random.doubles((long) POSITIONS * WIDTH).map(x -> x - 0.5).toArray();
    float[] tokens = new float[images * own.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) (place * own[i % own.length] + content * (random.nextDouble() - 0.5));
    }
    return tokens;
  }

  private static TargetSums sums(float[] tokens) {
    TargetSums sums = new TargetSums(POSITIONS, WIDTH);
    int half = tokens.length / 2;
    sums.add(Arrays.copyOfRange(tokens, 0, half));
    sums.add(Arrays.copyOfRange(tokens, half, tokens.length));
    return sums;
  }

  /** Mean over dimensions of the variance of each, in two passes. */
  private static double naiveVariance(float[] tokens) {
    double total = 0;
    for (int d = 0; d < WIDTH; d++) {
      double mean = 0;
      int count = tokens.length / WIDTH;
      for (int i = d; i < tokens.length; i += WIDTH) {
        mean += tokens[i] / (double) count;
      }
      for (int i = d; i < tokens.length; i += WIDTH) {
        total += (tokens[i] - mean) * (tokens[i] - mean) / count;
      }
    }
    return total / WIDTH;
  }

  @Test
  void shouldHaveTheVarianceOfTwoPasses() {
    float[] tokens = tokens(IMAGES, 1, 2);
    assertThat(sums(tokens).variance()).isCloseTo(naiveVariance(tokens), within(1e-9));
  }

  @Test
  void shouldHaveTheMeanOfEachPosition() {
    float[] tokens = tokens(IMAGES, 1, 2);
    float[] means = sums(tokens).means();
    for (int i = 0; i < means.length; i++) {
      double mean = 0;
      for (int image = 0; image < IMAGES; image++) {
        mean += tokens[image * means.length + i] / (double) IMAGES;
      }
      assertThat((double) means[i]).isCloseTo(mean, within(1e-6));
    }
  }

  @Test
  void shouldShareTheVarianceBetweenPositionAndContent() {
    // Uniform numbers of width w have the variance w^2 / 12: 9 parts of 10 are position's.
    float[] tokens = tokens(4000, 3, 1);
    double place = naiveVariance(tokens(2, 3, 0));
    double expected = place / (place + 1 / 12.0);
    assertThat(sums(tokens).positionShare()).isCloseTo(expected, within(0.01));
  }

  @Test
  void shouldGivePositionNothingWhereItSaysNothingHoweverFewTheImages() {
    assertThat(sums(tokens(IMAGES, 0, 1)).positionShare()).isLessThan(0.03);
    assertThat(sums(tokens(8, 0, 1)).positionShare()).isLessThan(0.1);
  }

  @Test
  void shouldGivePositionAllWhereImagesAreAlike() {
    assertThat(sums(tokens(IMAGES, 1, 0)).positionShare()).isCloseTo(1, within(1e-9));
  }

  @Test
  void shouldNormaliseEachTokenByItself() {
    float[] tokens = tokens(2, 1, 5);
    TargetSums.normalise(tokens, WIDTH, 0);
    for (int at = 0; at < tokens.length; at += WIDTH) {
      double sum = tokens[at] + tokens[at + 1] + tokens[at + 2];
      double squares = 0;
      for (int d = 0; d < WIDTH; d++) {
        squares += tokens[at + d] * tokens[at + d];
      }
      assertThat(sum).isCloseTo(0, within(1e-5));
      assertThat(squares / WIDTH).isCloseTo(1, within(1e-5));
    }
  }
}
