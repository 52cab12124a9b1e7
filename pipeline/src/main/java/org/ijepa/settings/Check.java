package org.ijepa.settings;

import java.util.List;
import org.ijepa.order.Divisors;

/** Checks of single values, for the records' constructors. */
final class Check {
  private Check() {}

  static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw ConfigurationError.of(key, value, "be at least " + least);
    }
  }

  static void between(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw ConfigurationError.of(key, value, "be between " + least + " and " + most);
    }
  }

  static void positive(String key, double value) {
    if (!(value > 0) || !Double.isFinite(value)) {
      throw ConfigurationError.of(key, value, "be a number above 0");
    }
  }

  static void notNegative(String key, double value) {
    if (!(value >= 0) || !Double.isFinite(value)) {
      throw ConfigurationError.of(key, value, "be a number of at least 0");
    }
  }

  /** Bounds within {@code least} (exclusive) and {@code most}. */
  static void within(String key, Range value, double least, double most) {
    if (!(value.from() > least && value.from() <= value.to() && value.to() <= most)) {
      throw ConfigurationError.of(
          key, value, "be [from, to] with " + plain(least) + " < from <= to <= " + plain(most));
    }
  }

  static void share(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw ConfigurationError.of(key, value, "be between 0 and 1");
    }
  }

  /** A part divides a whole; otherwise an error that names the nearest values that do. */
  static void divides(String key, int part, String what, int whole) {
    Check.atLeast(key, part, 1);
    if (whole % part != 0) {
      List<Integer> near = Divisors.nearest(whole, part);
      throw ConfigurationError.of(
          key, part, "divide " + what + " = " + whole + "; nearest that fit: " + join(near));
    }
  }

  static String join(List<?> values) {
    return String.join(", ", values.stream().map(String::valueOf).toList());
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
  }
}
