package org.ijepa.settings;

/** Values that divide, for messages about values that do not. */
final class Divisors {
  private Divisors() {}

  /** The divisors of {@code whole} next to {@code value}, below and above, as text. */
  static String nearest(int whole, int value) {
    int below = Math.min(value, whole);
    while (below > 1 && whole % below != 0) {
      below--;
    }
    int above = Math.max(1, Math.min(value, whole));
    while (above < whole && whole % above != 0) {
      above++;
    }
    return below == above || below < 1 ? String.valueOf(above) : below + " and " + above;
  }

  /** The largest divisor of {@code whole} up to {@code most}. */
  static int largest(int whole, int most) {
    for (int divisor = Math.min(whole, most); divisor > 1; divisor--) {
      if (whole % divisor == 0) {
        return divisor;
      }
    }
    return 1;
  }
}
