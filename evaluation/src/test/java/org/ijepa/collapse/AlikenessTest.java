package org.ijepa.collapse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class AlikenessTest {
  private static final int WIDTH = 5;

  private static float[][] random(int rows) {
    SplittableRandom random = new SplittableRandom(rows);
    float[][] values = new float[rows][WIDTH];
    for (float[] row : values) {
      for (int d = 0; d < WIDTH; d++) {
        row[d] = (float) random.nextDouble(-1, 2);
      }
    }
    return values;
  }

  private static double naiveCosine(float[] a, float[] b) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int d = 0; d < WIDTH; d++) {
      product += a[d] * b[d];
      first += a[d] * a[d];
      second += b[d] * b[d];
    }
    return product / Math.sqrt(first * second);
  }

  @Test
  void shouldBeTheMeanOverAllPairs() {
    float[][] rows = random(9);
    double sum = 0;
    float[] flat = new float[3 + 9 * WIDTH];
    for (int i = 0; i < 9; i++) {
      System.arraycopy(rows[i], 0, flat, 3 + i * WIDTH, WIDTH);
      for (int j = 0; j < i; j++) {
        sum += naiveCosine(rows[i], rows[j]);
      }
    }
    assertThat(Alikeness.meanCosine(flat, 3, 9, WIDTH)).isCloseTo(sum / 36, within(1e-7));
  }

  @Test
  void shouldMeasureDeviationsOfDirectionsAlone() {
    float[][] rows = random(20);
    float[][] longer = new float[20][WIDTH];
    for (int i = 0; i < 20; i++) {
      for (int d = 0; d < WIDTH; d++) {
        longer[i][d] = rows[i][d] * (i + 1);
      }
    }
    double[] deviations = Alikeness.deviations(rows);
    for (int d = 0; d < WIDTH; d++) {
      double mean = 0;
      for (float[] row : rows) {
        mean += unit(row, d) / 20;
      }
      double variance = 0;
      for (float[] row : rows) {
        variance += Math.pow(unit(row, d) - mean, 2) / 20;
      }
      assertThat(deviations[d]).isCloseTo(Math.sqrt(variance), within(1e-9));
      assertThat(Alikeness.deviations(longer)[d]).isCloseTo(deviations[d], within(1e-6));
    }
  }

  private static double unit(float[] row, int d) {
    double squares = 0;
    for (float value : row) {
      squares += (double) value * value;
    }
    return row[d] * Math.sqrt(WIDTH / squares);
  }

  @Test
  void shouldBeNothingWhereAllRowsPointOneWay() {
    double[] deviations = Alikeness.deviations(new float[][] {{1, 2, 3, 4, 5}, {2, 4, 6, 8, 10}});
    assertThat(Alikeness.mean(deviations)).isCloseTo(0, within(1e-7));
    assertThat(Alikeness.lowestTenth(deviations)).isCloseTo(0, within(1e-7));
  }
}
