package org.ijepa.store;

import java.time.Duration;

/**
 * How long a store bears with the world.
 *
 * @param firstDelay before the second attempt; doubled for each further one
 * @param longestDelay between attempts
 * @param total no attempt begins later than this after the first; zero means one attempt
 * @param stall an attempt that moves no byte for so long counts as failed
 */
public record RetryPolicy(
    Duration firstDelay, Duration longestDelay, Duration total, Duration stall) {
  public RetryPolicy {
    if (firstDelay.isNegative() || firstDelay.isZero()) {
      throw new IllegalArgumentException("the first delay must be positive, not " + firstDelay);
    }
    if (longestDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "the longest delay %s is shorter than the first, %s".formatted(longestDelay, firstDelay));
    }
    if (total.isNegative()) {
      throw new IllegalArgumentException("the total must not be negative: " + total);
    }
    if (stall.isNegative() || stall.isZero()) {
      throw new IllegalArgumentException("the stall limit must be positive, not " + stall);
    }
  }
}
