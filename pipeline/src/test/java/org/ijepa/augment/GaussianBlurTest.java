package org.ijepa.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GaussianBlurTest {
  /** Pixels from the border, where the means go on beyond it anew each time. */
  private static final int MARGIN = 8;

  /** Three boxes are nearly a Gaussian, and six roundings are made. */
  private static final double MOST_DIFFERENCE = 4;

  @Test
  void shouldBeNearAGaussian() {
    int side = 40;
    byte[] image = image(side);
    for (double deviation : new double[] {1, 1.2, 1.5, 2}) {
      byte[] made = image.clone();
      new GaussianBlur().apply(made, side, deviation);
      for (int y = MARGIN; y < side - MARGIN; y++) {
        for (int x = MARGIN; x < side - MARGIN; x++) {
          for (int channel = 0; channel < 3; channel++) {
            double expected = gaussian(image, side, deviation, x, y, channel);
            double difference = (made[3 * (y * side + x) + channel] & 0xff) - expected;
            assertThat(difference).isCloseTo(0, within(MOST_DIFFERENCE));
          }
        }
      }
    }
  }

  @Test
  void shouldKeepAConstantImageExactly() {
    for (int value : new int[] {0, 1, 127, 254, 255}) {
      byte[] image = new byte[3 * 7 * 7];
      Arrays.fill(image, (byte) value);
      for (double deviation = 0.1; deviation <= 2; deviation += 0.01) {
        byte[] made = image.clone();
        new GaussianBlur().apply(made, 7, deviation);
        assertThat(made).isEqualTo(image);
      }
    }
  }

  @Test
  void shouldNotDependOnWhatWasBlurredBefore() {
    GaussianBlur reused = new GaussianBlur();
    for (int side : new int[] {20, 1, 3, 20, 8}) {
      byte[] image = image(side);
      byte[] made = image.clone();
      byte[] again = image.clone();
      reused.apply(made, side, 1.7);
      new GaussianBlur().apply(again, side, 1.7);
      assertThat(made).isEqualTo(again);
    }
  }

  private static byte[] image(int side) {
    byte[] image = new byte[3 * side * side];
    new Random(side).nextBytes(image);
    return image;
  }

  /** The definition in doubles, of one byte. */
  private static double gaussian(
      byte[] image, int side, double deviation, int column, int row, int channel) {
    double sum = 0;
    double weights = 0;
    for (int y = row - MARGIN; y <= row + MARGIN; y++) {
      for (int x = column - MARGIN; x <= column + MARGIN; x++) {
        double distance = Math.pow(y - row, 2) + Math.pow(x - column, 2);
        double weight = Math.exp(-distance / (2 * deviation * deviation));
        sum += weight * (image[3 * (y * side + x) + channel] & 0xff);
        weights += weight;
      }
    }
    return sum / weights;
  }
}
