package org.ijepa.node;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Notices that the process stood still, as one that was stopped or whose machine slept: the others
 * may have removed its node meanwhile, and the first words it then hears are old ones, so that it
 * may take itself for one that is left of several. Thread-safe.
 */
final class Standstill {
  /** What stands still for less is not removed by the others. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

  /** Time until it is known, at the latest, who is in the cluster. */
  private static final Duration DOUBT = Duration.ofSeconds(60);

  private final LongSupplier nanos;
  private long last;

  /** End of the newest; empty: none was seen. */
  private OptionalLong end = OptionalLong.empty();

  /**
   * Nothing is seen yet.
   *
   * @param nanos monotonic clock, in nanoseconds
   */
  Standstill(LongSupplier nanos) {
    this.nanos = nanos;
    last = nanos.getAsLong();
  }

  /** The process moves; said at least every second. */
  synchronized void moves() {
    long now = nanos.getAsLong();
    if (now - last > LONGEST_PAUSE.toNanos()) {
      end = OptionalLong.of(now);
    }
    last = now;
  }

  /** Whether others may know better than this process who is in the cluster. */
  synchronized boolean isRecent() {
    moves();
    return end.isPresent() && last - end.getAsLong() < DOUBT.toNanos();
  }
}
