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

  /** 97.5 % quantiles of Student's distribution with 1, 2, … degrees of freedom. */
  private static final double[] STUDENT = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045
  };

  /** Of the mean of values that differ by chance, two at least. */
  static Interval student(double[] values) {
    double mean = RidgeRegression.mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    int freedom = values.length - 1;
    double half = studentQuantile(freedom) * Math.sqrt(squares / freedom / values.length);
    return new Interval(mean - half, mean + half);
  }

  /** Beyond the table the first terms of its expansion about the normal one, good to 1e-4. */
  private static double studentQuantile(int freedom) {
    if (freedom <= STUDENT.length) {
      return STUDENT[freedom - 1];
    }
    double z3 = Math.pow(Z, 3);
    double z5 = Math.pow(Z, 5);
    double n = freedom;
    return Z + (z3 + Z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * Z) / (96 * n * n);
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
