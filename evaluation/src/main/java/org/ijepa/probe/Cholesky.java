package org.ijepa.probe;

/** The factor L of a symmetric positive definite matrix A = L L^T, for solving A x = b. */
final class Cholesky {
  private final double[][] lower;
  private final double[][] upper;

  private Cholesky(double[][] lower) {
    this.lower = lower;
    this.upper = Design.transpose(lower);
  }

  /**
   * Factors {@code factor * matrix + diagonal * I}.
   *
   * @param matrix symmetric, D by D; only its lower half is read
   * @throws ArithmeticException where the sum is not positive definite
   */
  static Cholesky of(double[][] matrix, double factor, double diagonal) {
    int width = matrix.length;
    double[][] lower = new double[width][width];
    for (int i = 0; i < width; i++) {
      double[] line = lower[i];
      for (int j = 0; j <= i; j++) {
        double rest = factor * matrix[i][j] + (i == j ? diagonal : 0) - dot(line, lower[j], j);
        if (i != j) {
          line[j] = rest / lower[j][j];
        } else if (rest > 0) {
          line[j] = Math.sqrt(rest);
        } else {
          throw new ArithmeticException("not positive definite at row " + i + ": " + rest);
        }
      }
    }
    return new Cholesky(lower);
  }

  /** Replaces b by the solution of A x = b. */
  void solve(double[] b) {
    int width = lower.length;
    for (int i = 0; i < width; i++) {
      b[i] = (b[i] - dot(lower[i], b, i)) / lower[i][i];
    }
    for (int i = width - 1; i >= 0; i--) {
      double sum = b[i];
      double[] line = upper[i];
      for (int j = i + 1; j < width; j++) {
        sum -= line[j] * b[j];
      }
      b[i] = sum / line[i];
    }
  }

  /** Four running sums hide the latency of addition; their order is fixed. */
  private static double dot(double[] a, double[] b, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int fours = length - length % 4;
    for (int i = 0; i < fours; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    for (int i = fours; i < length; i++) {
      s0 += a[i] * b[i];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
