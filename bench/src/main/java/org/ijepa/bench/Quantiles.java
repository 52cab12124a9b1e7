package org.ijepa.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Where the middle and the quarters of some measured values lie. */
public final class Quantiles {
  private Quantiles() {}

  /** The middle of some values, in any order. */
  public static double median(double[] values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The middle of what each of some measurements has. */
  public static <T> double median(List<T> measured, ToDoubleFunction<T> value) {
    return median(measured.stream().mapToDouble(value).toArray());
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
