package org.ijepa.order;

/** Divisors of a batch: which parts a global batch, a share or a group can be cut into. */
public final class Divisors {
  private Divisors() {}

  /** The largest divisor of {@code number} up to {@code limit}, both at least 1. */
  public static int upTo(int number, int limit) {
    int divisor = Math.min(number, limit);
    while (number % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  /**
   * The divisors of {@code number} nearest to {@code wished} from below and from above, as they
   * appear in an error message: {@code "4 and 6"}, or {@code "12"} where there is only one.
   */
  public static String nearest(int number, int wished) {
    int below = upTo(number, Math.max(1, wished));
    int above = Math.max(below, Math.min(number, wished));
    while (number % above != 0) {
      above++;
    }
    return below == above ? Integer.toString(below) : below + " and " + above;
  }
}
