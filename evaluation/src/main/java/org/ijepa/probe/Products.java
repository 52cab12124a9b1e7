package org.ijepa.probe;

/**
 * Sums of scaled arrays, from which the matrix products are built. Each element's terms are added
 * in the order of the arrays, four by four, so that a result does not depend on how the range is
 * cut. All arrays share one index, which lets the JIT vectorise the loops without reordering sums.
 */
final class Products {
  private Products() {}

  /**
   * {@code out[k][i] += sum_j weights(k, j) in[j][i]} for i in [from, to), all k and all j.
   *
   * @param weights weight of input j for output k: {@code weights[k][j]}
   */
  static void accumulate(double[][] out, double[][] weights, double[][] in, int from, int to) {
    int terms = in.length;
    int fours = terms - terms % 4;
    // Four inputs stay in the first cache while every output takes its share of them.
    for (int j = 0; j < fours; j += 4) {
      for (int k = 0; k < out.length; k++) {
        addFour(out[k], weights[k], in, j, from, to);
      }
    }
    for (int j = fours; j < terms; j++) {
      for (int k = 0; k < out.length; k++) {
        addOne(out[k], weights[k][j], in[j], from, to);
      }
    }
  }

  private static void addFour(
      double[] out, double[] weights, double[][] in, int j, int from, int to) {
    double w0 = weights[j];
    double w1 = weights[j + 1];
    double w2 = weights[j + 2];
    double w3 = weights[j + 3];
    double[] x0 = in[j];
    double[] x1 = in[j + 1];
    double[] x2 = in[j + 2];
    double[] x3 = in[j + 3];
    for (int i = from; i < to; i++) {
      out[i] += w0 * x0[i] + w1 * x1[i] + w2 * x2[i] + w3 * x3[i];
    }
  }

  private static void addOne(double[] out, double weight, double[] in, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] += weight * in[i];
    }
  }
}
