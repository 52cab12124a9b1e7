package org.ijepa.collapse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpectrumTest {

  /** One-sided Jacobi: turns pairs of columns until all are at right angles. */
  private static double[] naive(float[][] rows) {
    int n = rows.length;
    int width = rows[0].length;
    double[][] columns = new double[width][n];
    for (int i = 0; i < n; i++) {
      for (int d = 0; d < width; d++) {
        columns[d][i] = rows[i][d];
      }
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int a = 0; a < width; a++) {
        for (int b = a + 1; b < width; b++) {
          turn(columns[a], columns[b]);
        }
      }
    }
    return Arrays.stream(columns)
        .mapToDouble(column -> Math.sqrt(dot(column, column)))
        .sorted()
        .skip(Math.max(0, width - n))
        .toArray();
  }

  private static void turn(double[] a, double[] b) {
    double angle = 0.5 * Math.atan2(2 * dot(a, b), dot(a, a) - dot(b, b));
    for (int i = 0; i < a.length; i++) {
      double x = a[i];
      double y = b[i];
      a[i] = Math.cos(angle) * x + Math.sin(angle) * y;
      b[i] = Math.cos(angle) * y - Math.sin(angle) * x;
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static float[][] random(int rows, int width, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] values = new float[rows][width];
    for (float[] row : values) {
      for (int d = 0; d < width; d++) {
        row[d] = (float) (random.nextDouble() - 0.3) / (1 + d);
      }
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({"7,7", "20,9", "9,20", "1,6", "6,1", "40,40"})
  void shouldFindTheSingularValuesThatJacobiFinds(int rows, int width) {
    float[][] matrix = random(rows, width, rows * 100L + width);
    double[] expected = naive(matrix);
    double[] found = Spectrum.singularValues(matrix);

    assertThat(found).hasSameSizeAs(expected);
    double largest = expected[expected.length - 1];
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-7 * largest));
    }
  }

  @Test
  void shouldCountAllDirectionsThatAreEquallyStrong() {
    float[][] identity = new float[12][12];
    for (int i = 0; i < 12; i++) {
      identity[i][i] = 3;
    }
    assertThat(Spectrum.rankMe(identity)).isCloseTo(12, within(1e-6));
  }

  @Test
  void shouldCountOneDirectionWhereAllRowsAreAlike() {
    float[][] alike = new float[30][];
    for (int i = 0; i < alike.length; i++) {
      alike[i] = new float[] {1, -2, 0.5f, 4};
    }
    assertThat(Spectrum.rankMe(alike)).isCloseTo(1, within(1e-5));
  }

  @Test
  void shouldCountNothingWhereThereIsNothing() {
    assertThat(Spectrum.rankMe(new float[5][4])).isZero();
  }

  @Test
  void shouldFallWithTheNumberOfDirections() {
    float[][] rows = random(50, 16, 3);
    double before = Spectrum.rankMe(rows);
    for (float[] row : rows) {
      Arrays.fill(row, 4, 16, 0);
    }
    assertThat(Spectrum.rankMe(rows)).isLessThan(Math.min(before, 4));
  }
}
