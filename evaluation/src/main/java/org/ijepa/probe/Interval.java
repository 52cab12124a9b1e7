package org.ijepa.probe;

/**
 * A 95 % confidence interval.
 *
 * @param low lower end
 * @param high upper end
 */
public record Interval(double low, double high) {
  /** Quantile of the standard normal distribution at 0.975. */
  private static final double Z = 1.959963984540054;

  /**
   * Wilson's score interval of a proportion (E. B. Wilson, 1927), which stays within [0, 1] and has
   * width also where nothing or everything succeeded; (NaN, NaN) of no trials.
   */
  public static Interval wilson(int successes, int trials) {
    if (successes < 0 || successes > trials) {
      throw new IllegalArgumentException(successes + " successes in " + trials + " trials");
    }
    if (trials == 0) {
      return new Interval(Double.NaN, Double.NaN);
    }
    double share = (double) successes / trials;
    double z2 = Z * Z / trials;
    double centre = (share + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt((share * (1 - share) + z2 / 4) / trials);
    // The exact ends, which rounding would miss.
    double low = successes == 0 ? 0 : centre - half;
    double high = successes == trials ? 1 : centre + half;
    return new Interval(low, high);
  }

  /** The 2.5 % and 97.5 % quantiles of values sorted in ascending order, linear between ranks. */
  static Interval percentiles(double[] sorted) {
    return new Interval(quantile(sorted, 0.025), quantile(sorted, 0.975));
  }

  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /** Whether a value lies within, ends included. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
