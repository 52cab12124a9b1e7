package org.ijepa.probe;

/** The penalised cross-entropy written straight from its formula, and plain gradient descent. */
final class NaiveSoftmax {
  private final double[][] rows;
  private final int[] classes;
  private final int classCount;
  private final double strength;

  NaiveSoftmax(double[][] rows, int[] classes, int classCount, double strength) {
    this.rows = rows;
    this.classes = classes;
    this.classCount = classCount;
    this.strength = strength;
  }

  static double[] probabilities(double[] row, double[] point, int classCount) {
    int width = row.length;
    double[] out = new double[classCount];
    double sum = 0;
    for (int c = 0; c < classCount; c++) {
      double logit = point[c * (width + 1) + width];
      for (int d = 0; d < width; d++) {
        logit += point[c * (width + 1) + d] * row[d];
      }
      out[c] = Math.exp(logit);
      sum += out[c];
    }
    for (int c = 0; c < classCount; c++) {
      out[c] /= sum;
    }
    return out;
  }

  double value(double[] point) {
    int width = rows[0].length;
    double value = 0;
    for (int n = 0; n < rows.length; n++) {
      value -= Math.log(probabilities(rows[n], point, classCount)[classes[n]]) / rows.length;
    }
    for (int i = 0; i < point.length; i++) {
      value += i % (width + 1) == width ? 0 : strength / 2 * point[i] * point[i];
    }
    return value;
  }

  double[] gradient(double[] point) {
    int width = rows[0].length;
    double[] out = new double[point.length];
    for (int n = 0; n < rows.length; n++) {
      double[] p = probabilities(rows[n], point, classCount);
      for (int c = 0; c < classCount; c++) {
        double error = (p[c] - (classes[n] == c ? 1 : 0)) / rows.length;
        for (int d = 0; d < width; d++) {
          out[c * (width + 1) + d] += error * rows[n][d];
        }
        out[c * (width + 1) + width] += error;
      }
    }
    for (int i = 0; i < point.length; i++) {
      out[i] += i % (width + 1) == width ? 0 : strength * point[i];
    }
    return out;
  }

  double[] descend(int steps, double rate) {
    double[] point = new double[classCount * (rows[0].length + 1)];
    for (int step = 0; step < steps; step++) {
      double[] gradient = gradient(point);
      for (int i = 0; i < point.length; i++) {
        point[i] -= rate * gradient[i];
      }
    }
    return point;
  }

  /** Shift and scale of each feature by the statistics of {@code of}. */
  static double[][] standardise(float[][] rows, float[][] of) {
    double[][] out = new double[rows.length][rows[0].length];
    for (int d = 0; d < rows[0].length; d++) {
      double mean = 0;
      double square = 0;
      for (float[] row : of) {
        mean += row[d] / (double) of.length;
      }
      for (float[] row : of) {
        square += (row[d] - mean) * (row[d] - mean) / of.length;
      }
      for (int n = 0; n < rows.length; n++) {
        out[n][d] = (rows[n][d] - mean) / Math.sqrt(square);
      }
    }
    return out;
  }
}
