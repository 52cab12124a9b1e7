package org.ijepa.settings;

import java.time.Duration;
import java.util.Map;

/**
 * What follows sums of gradients that fail again and again, without a step in between.
 *
 * @param delay before the third attempt in a row; the first two are made at once
 * @param maxDelay that it doubles up to from attempt to attempt
 * @param attempts that count against somebody, after which a member is left out or the run stops
 * @param leaveOut for how long a member is left out at first; twice as long each further time
 */
public record RegroupSettings(Duration delay, Duration maxDelay, int attempts, Duration leaveOut) {
  private static final String DELAY = "cluster.regroup.delay";
  private static final String MAX_DELAY = "cluster.regroup.max-delay";
  private static final String ATTEMPTS = "cluster.regroup.attempts";
  private static final String LEAVE_OUT = "cluster.regroup.leave-out";

  public RegroupSettings {
    requirePositive(DELAY, delay);
    requirePositive(LEAVE_OUT, leaveOut);
    if (maxDelay.compareTo(delay) < 0) {
      throw ConfigurationError.of(
          MAX_DELAY, Values.text(maxDelay), "be at least " + DELAY + " = " + Values.text(delay));
    }
    Check.atLeast(ATTEMPTS, attempts, 1);
  }

  private static void requirePositive(String key, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw ConfigurationError.of(key, Values.text(duration), "be above 0");
    }
  }

  static RegroupSettings read(TypedValues values) {
    return new RegroupSettings(
        values.duration(DELAY),
        values.duration(MAX_DELAY),
        values.whole(ATTEMPTS),
        values.duration(LEAVE_OUT));
  }

  Map<String, Object> values() {
    return Values.of(
        DELAY, delay,
        MAX_DELAY, maxDelay,
        ATTEMPTS, attempts,
        LEAVE_OUT, leaveOut);
  }
}
