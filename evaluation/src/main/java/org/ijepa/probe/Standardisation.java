package org.ijepa.probe;

import java.util.Arrays;

/**
 * Shift and scale that give each feature mean 0 and variance 1 over the samples it was made of. A
 * feature that is constant there becomes 0 everywhere.
 */
final class Standardisation {
  /** Below this part of the mean's size, a deviation is the rounding of a constant. */
  private static final double CONSTANT = 1e-10;

  private final double[] mean;
  private final double[] scale;

  private Standardisation(double[] mean, double[] scale) {
    this.mean = mean;
    this.scale = scale;
  }

  static Standardisation of(float[][] rows) {
    int width = rows[0].length;
    double[] mean = new double[width];
    for (float[] row : rows) {
      for (int d = 0; d < width; d++) {
        mean[d] += row[d];
      }
    }
    for (int d = 0; d < width; d++) {
      mean[d] /= rows.length;
    }
    double[] scale = new double[width];
    for (float[] row : rows) {
      for (int d = 0; d < width; d++) {
        double centred = row[d] - mean[d];
        scale[d] += centred * centred;
      }
    }
    for (int d = 0; d < width; d++) {
      double deviation = Math.sqrt(scale[d] / rows.length);
      scale[d] = deviation <= CONSTANT * Math.abs(mean[d]) ? 0 : 1 / deviation;
    }
    return new Standardisation(mean, scale);
  }

  /** What a head of the linear probe does to features. */
  static Standardisation of(float[][] rows, LinearProbe.Head head) {
    return head == LinearProbe.Head.BATCH_NORM ? of(rows) : common(rows);
  }

  /** One scale for all features, which gives them a mean square of 1 together; no shift. */
  private static Standardisation common(float[][] rows) {
    int width = rows[0].length;
    double squares = 0;
    for (float[] row : rows) {
      for (float value : row) {
        squares += (double) value * value;
      }
    }
    double[] scale = new double[width];
    double root = Math.sqrt(squares / ((double) rows.length * width));
    Arrays.fill(scale, root == 0 ? 0 : 1 / root);
    return new Standardisation(new double[width], scale);
  }

  /** Number of features that do not vary. */
  int constantFeatures() {
    int count = 0;
    for (double factor : scale) {
      if (factor == 0) {
        count++;
      }
    }
    return count;
  }

  Design apply(float[][] rows) {
    double[][] out = new double[rows.length][mean.length];
    for (int n = 0; n < rows.length; n++) {
      for (int d = 0; d < mean.length; d++) {
        out[n][d] = (rows[n][d] - mean[d]) * scale[d];
      }
    }
    return new Design(out);
  }
}
