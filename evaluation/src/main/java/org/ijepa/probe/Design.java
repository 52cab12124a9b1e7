package org.ijepa.probe;

import java.util.Arrays;

/**
 * A matrix of N samples by D features in double precision, kept both by rows and by columns: each
 * of the two products then runs along contiguous memory (16 N D bytes in all).
 */
final class Design {
  private static final int ROW_BLOCK = 256;
  private static final int COLUMN_BLOCK = 64;

  private final double[][] rows;
  private final double[][] columns;

  /** Takes the rows as they are; all have the same length, and there is at least one. */
  Design(double[][] rows) {
    this.rows = rows;
    this.columns = transpose(rows);
  }

  static double[][] transpose(double[][] rows) {
    double[][] columns = new double[rows[0].length][rows.length];
    for (int n = 0; n < rows.length; n++) {
      double[] row = rows[n];
      for (int d = 0; d < row.length; d++) {
        columns[d][n] = row[d];
      }
    }
    return columns;
  }

  /** N. */
  int samples() {
    return rows.length;
  }

  /** D. */
  int width() {
    return columns.length;
  }

  /** {@code out[c][n] = bias[c] + sum_d weights[c][d] x[n][d]}. */
  void times(double[][] weights, double[] bias, double[][] out, Workers workers) {
    workers.forEach(
        blocks(samples(), ROW_BLOCK),
        block -> {
          int from = block * ROW_BLOCK;
          int to = Math.min(from + ROW_BLOCK, samples());
          for (int c = 0; c < out.length; c++) {
            Arrays.fill(out[c], from, to, bias[c]);
          }
          Products.accumulate(out, weights, columns, from, to);
        });
  }

  /** {@code out[c][d] = sum_n weights[c][n] x[n][d]}. */
  void transposedTimes(double[][] weights, double[][] out, Workers workers) {
    workers.forEach(
        blocks(width(), COLUMN_BLOCK),
        block -> {
          int from = block * COLUMN_BLOCK;
          int to = Math.min(from + COLUMN_BLOCK, width());
          for (double[] line : out) {
            Arrays.fill(line, from, to, 0);
          }
          Products.accumulate(out, weights, rows, from, to);
        });
  }

  /** {@code out[i][j] = sum_n x[n][i] x[n][j] / N}, of D by D. */
  double[][] meanOuterProduct(Workers workers) {
    double[][] out = new double[width()][width()];
    transposedTimes(columns, out, workers);
    for (double[] line : out) {
      for (int j = 0; j < line.length; j++) {
        line[j] /= samples();
      }
    }
    return out;
  }

  private static int blocks(int length, int size) {
    return (length + size - 1) / size;
  }
}
