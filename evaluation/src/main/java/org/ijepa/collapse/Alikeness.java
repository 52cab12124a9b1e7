package org.ijepa.collapse;

import java.util.Arrays;

/** How alike rows of features are, whatever their length. */
final class Alikeness {
  private Alikeness() {}

  /**
   * Mean cosine of all pairs of rows: 1 where all point one way. In one pass: the squared length of
   * the sum of unit rows is the sum of all cosines.
   *
   * @param values rows of {@code width} one after another, at least two
   */
  static double meanCosine(float[] values, int from, int rows, int width) {
    double[] sum = new double[width];
    for (int row = 0; row < rows; row++) {
      int at = from + row * width;
      double scale = 1 / length(values, at, width);
      for (int d = 0; d < width; d++) {
        sum[d] += values[at + d] * scale;
      }
    }
    double squares = 0;
    for (double each : sum) {
      squares += each * each;
    }
    return (squares - rows) / ((double) rows * (rows - 1));
  }

  /**
   * Standard deviation of each dimension over rows brought to length 1, times sqrt(width): about 1
   * where rows point anywhere, 0 where all point one way.
   */
  static double[] deviations(float[][] rows) {
    int width = rows[0].length;
    double[] sum = new double[width];
    double[] squares = new double[width];
    for (float[] row : rows) {
      double scale = Math.sqrt(width) / length(row, 0, width);
      for (int d = 0; d < width; d++) {
        double value = row[d] * scale;
        sum[d] += value;
        squares[d] += value * value;
      }
    }
    double[] deviations = new double[width];
    for (int d = 0; d < width; d++) {
      double mean = sum[d] / rows.length;
      deviations[d] = Math.sqrt(Math.max(0, squares[d] / rows.length - mean * mean));
    }
    return deviations;
  }

  /** The rows less their mean. */
  static float[][] centred(float[][] rows) {
    int width = rows[0].length;
    double[] mean = new double[width];
    for (float[] row : rows) {
      for (int d = 0; d < width; d++) {
        mean[d] += (double) row[d] / rows.length;
      }
    }
    float[][] centred = new float[rows.length][width];
    for (int i = 0; i < rows.length; i++) {
      for (int d = 0; d < width; d++) {
        centred[i][d] = (float) (rows[i][d] - mean[d]);
      }
    }
    return centred;
  }

  static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  /** The value that a tenth of all is not above. */
  static double lowestTenth(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 10];
  }

  private static double length(float[] values, int at, int width) {
    double squares = 0;
    for (int d = at; d < at + width; d++) {
      squares += (double) values[d] * values[d];
    }
    // A row of zeros has no direction; it stays as it is.
    return squares == 0 ? 1 : Math.sqrt(squares);
  }
}
