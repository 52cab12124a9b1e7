package org.ijepa.collapse;

/** Singular values of a matrix, and how many of them count. */
final class Spectrum {
  /** Halvings of an interval, down to the last bit of a double. */
  private static final int HALVINGS = 64;

  private Spectrum() {}

  /**
   * RankMe (Garrido et al., ICML 2023): exp of the entropy of the singular values over their sum,
   * of the rows as they are. 1 where all rows are multiples of one, at most min(rows, columns); 0
   * for a matrix of zeros.
   */
  static double rankMe(float[][] rows) {
    double[] values = singularValues(rows);
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    if (sum == 0) {
      return 0;
    }
    double entropy = 0;
    for (double value : values) {
      double share = value / sum;
      entropy -= share == 0 ? 0 : share * StrictMath.log(share);
    }
    return StrictMath.exp(entropy);
  }

  /** Singular values in ascending order, min(rows, columns) of them. */
  static double[] singularValues(float[][] rows) {
    double[][] matrix = gram(rows);
    int n = matrix.length;
    double[] off = new double[n];
    tridiagonalise(matrix, off);
    double[] diagonal = new double[n];
    double bound = 0;
    for (int i = 0; i < n; i++) {
      diagonal[i] = matrix[i][i];
      double after = i + 1 < n ? Math.abs(off[i + 1]) : 0;
      bound = Math.max(bound, diagonal[i] + Math.abs(off[i]) + after);
    }
    double[] values = new double[n];
    for (int k = 0; k < n; k++) {
      values[k] = Math.sqrt(eigenvalue(diagonal, off, k, bound));
    }
    return values;
  }

  /** Products of all pairs of rows, or of columns where there are fewer of these. */
  private static double[][] gram(float[][] rows) {
    boolean byRows = rows.length <= rows[0].length;
    double[][] lines = byRows ? new double[rows.length][] : new double[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      if (byRows) {
        lines[i] = new double[rows[i].length];
      }
      for (int j = 0; j < rows[i].length; j++) {
        if (byRows) {
          lines[i][j] = rows[i][j];
        } else {
          lines[j][i] = rows[i][j];
        }
      }
    }
    double[][] products = new double[lines.length][lines.length];
    for (int i = 0; i < lines.length; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int k = 0; k < lines[i].length; k++) {
          sum += lines[i][k] * lines[j][k];
        }
        products[i][j] = sum;
        products[j][i] = sum;
      }
    }
    return products;
  }

  /**
   * Householder reflections, one a column: the diagonal stays in place, {@code off[i]} becomes the
   * element beside (i, i - 1).
   */
  private static void tridiagonalise(double[][] a, double[] off) {
    int n = a.length;
    double[] v = new double[n];
    double[] w = new double[n];
    for (int k = 0; k + 1 < n; k++) {
      double squares = 0;
      for (int i = k + 1; i < n; i++) {
        v[i] = a[i][k];
        squares += v[i] * v[i];
      }
      double length = Math.sqrt(squares);
      off[k + 1] = v[k + 1] > 0 ? -length : length;
      v[k + 1] -= off[k + 1];
      double norm = 0;
      for (int i = k + 1; i < n; i++) {
        norm += v[i] * v[i];
      }
      if (norm == 0) {
        continue;
      }
      double along = 0;
      for (int i = k + 1; i < n; i++) {
        double sum = 0;
        for (int j = k + 1; j < n; j++) {
          sum += a[i][j] * v[j];
        }
        w[i] = 2 * sum / norm;
        along += w[i] * v[i];
      }
      for (int i = k + 1; i < n; i++) {
        w[i] -= along / norm * v[i];
      }
      for (int i = k + 1; i < n; i++) {
        for (int j = k + 1; j < n; j++) {
          a[i][j] -= v[i] * w[j] + w[i] * v[j];
        }
      }
    }
  }

  /** The k-th smallest eigenvalue within [0, bound], by halving with Sturm's count. */
  private static double eigenvalue(double[] diagonal, double[] off, int k, double bound) {
    double low = 0;
    double high = bound;
    for (int turn = 0; turn < HALVINGS && low < high; turn++) {
      double middle = (low + high) / 2;
      if (countBelow(diagonal, off, middle) > k) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return (low + high) / 2;
  }

  private static int countBelow(double[] diagonal, double[] off, double x) {
    int count = 0;
    double pivot = 1;
    for (int i = 0; i < diagonal.length; i++) {
      pivot = diagonal[i] - x - off[i] * off[i] / pivot;
      if (pivot == 0) {
        pivot = Double.MIN_NORMAL;
      }
      count += pivot < 0 ? 1 : 0;
    }
    return count;
  }
}
