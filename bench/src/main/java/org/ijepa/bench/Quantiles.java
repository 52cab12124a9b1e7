package org.ijepa.bench;

import java.util.Arrays;

/** Where the middle and the quarters of some measured values lie. */
public final class Quantiles {
  private Quantiles() {}

  /** The middle of some values, in any order. */
  public static double median(double[] values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The lower and the upper quartile of some values, in any order; each is one of the values. */
  public static double[] quartiles(double[] values) {
    double[] sorted = sorted(values);
    return new double[] {sorted[sorted.length / 4], sorted[(3 * sorted.length) / 4]};
  }

  private static double[] sorted(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
