package org.ijepa.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PrincipalColoursTest {
  private static final int WIDTH = 8;

  /** Patches that differ by 10, 3 and 1 along the features 5, 2 and 7, and by little else. */
  private static float[] picture() {
    SplittableRandom random = new SplittableRandom(3);
    float[] patches = new float[400 * WIDTH];
    for (int at = 0; at < patches.length; at += WIDTH) {
      for (int i = 0; i < WIDTH; i++) {
        patches[at + i] = (float) random.nextDouble(-0.01, 0.01);
      }
      patches[at + 5] += (float) random.nextDouble(-10, 10);
      patches[at + 2] += (float) random.nextDouble(-3, 3);
      patches[at + 7] += (float) random.nextDouble(-1, 1);
    }
    return patches;
  }

  @Test
  void shouldFindTheDirectionsOfLargestVariance() {
    double[] shares = new PrincipalColours(List.of(picture()), WIDTH).shares();
    assertThat(shares[0]).isCloseTo(100 / 110.0, within(0.03));
    assertThat(shares[1]).isCloseTo(9 / 110.0, within(0.03));
    assertThat(shares[0] + shares[1] + shares[2]).isCloseTo(1, within(1e-3));
  }

  @Test
  void shouldShowTheFirstDirectionInRed() {
    float[] picture = picture();
    int[] colours = new PrincipalColours(List.of(picture), WIDTH).of(picture);
    for (int patch = 0; patch < colours.length; patch++) {
      double expected = 127.5 + 127.5 * picture[patch * WIDTH + 5] / 10;
      assertThat((double) (colours[patch] >> 16)).isCloseTo(expected, within(15.0));
    }
  }

  @Test
  void shouldSurvivePatchesThatAreAllAlike() {
    float[] alike = new float[16 * WIDTH];
    assertThat(new PrincipalColours(List.of(alike), WIDTH).of(alike)).containsOnly(0);
  }
}
