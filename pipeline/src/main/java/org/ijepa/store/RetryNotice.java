package org.ijepa.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Says that something is being tried again, so that nobody waits in front of a silent program: from
 * the second failure of one piece of work on, as many may fail once, and not more often than every
 * 15 seconds for all of a store's work together.
 */
final class RetryNotice {
  private static final long NEVER = Long.MIN_VALUE;
  private static final long QUIET_NANOS = Duration.ofSeconds(15).toNanos();

  private final Consumer<String> listener;
  private final AtomicLong lastNanos = new AtomicLong(NEVER);

  RetryNotice(Consumer<String> listener) {
    this.listener = listener;
  }

  /**
   * An attempt failed and another follows.
   *
   * @param count attempts of this work so far
   */
  void failed(StoreException failure, int count, Duration spent, Duration total, long nowNanos) {
    if (count < 2) {
      return;
    }
    long last = lastNanos.get();
    boolean due = last == NEVER || nowNanos - last >= QUIET_NANOS;
    if (due && lastNanos.compareAndSet(last, nowNanos)) {
      listener.accept(
          "%s; tried %d times in %d s, trying on for up to %d s"
              .formatted(
                  failure.getMessage(),
                  count,
                  spent.toSeconds(),
                  Math.max(0, total.minus(spent).toSeconds())));
    }
  }
}
