package org.ijepa.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Repeats what failed for a transient reason, with delays that double up to a limit and are drawn
 * between half and all of that, so that many readers do not come back at once.
 */
final class Retry {
  /** Runs something later. */
  @FunctionalInterface
  interface Delay {
    <T> CompletionStage<T> after(Duration wait, Supplier<CompletionStage<T>> work);
  }

  private final RetryPolicy policy;
  private final Delay delay;
  private final LongSupplier nanoTime;
  private final DoubleSupplier jitter;
  private final RetryNotice notice;
  private final LongAdder retries = new LongAdder();

  /**
   * Sets up for many runs.
   *
   * @param nanoTime clock
   * @param jitter uniform in [0, 1)
   * @param notice hears of attempts that are followed by another
   */
  Retry(
      RetryPolicy policy,
      Delay delay,
      LongSupplier nanoTime,
      DoubleSupplier jitter,
      RetryNotice notice) {
    this.policy = policy;
    this.delay = delay;
    this.nanoTime = nanoTime;
    this.jitter = jitter;
    this.notice = notice;
  }

  RetryPolicy policy() {
    return policy;
  }

  /** Attempts so far that followed one that failed. */
  long retries() {
    return retries.sum();
  }

  /** Completes as the first attempt that succeeds, fails otherwise, or is out of time. */
  <T> CompletionStage<T> run(Supplier<CompletionStage<T>> attempt) {
    return attempt(attempt, nanoTime.getAsLong(), 1, policy.firstDelay());
  }

  private <T> CompletionStage<T> attempt(
      Supplier<CompletionStage<T>> work, long start, int count, Duration longest) {
    return started(work)
        .handle(
            (value, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedStage(value);
              }
              StoreException known = StoreException.of(failure).orElse(null);
              if (known == null || known.kind() != StoreException.Kind.TRANSIENT) {
                return CompletableFuture.<T>failedStage(failure);
              }
              double part = 0.5 + jitter.getAsDouble() / 2;
              Duration wait = Duration.ofNanos((long) (longest.toNanos() * part));
              long now = nanoTime.getAsLong();
              Duration spent = Duration.ofNanos(now - start);
              if (spent.plus(wait).compareTo(policy.total()) > 0) {
                return CompletableFuture.<T>failedStage(outOfTime(known, count, spent));
              }
              notice.failed(known, count, spent, policy.total(), now);
              retries.increment();
              Duration next = longest.multipliedBy(2);
              Duration capped =
                  next.compareTo(policy.longestDelay()) > 0 ? policy.longestDelay() : next;
              return delay.after(wait, () -> attempt(work, start, count + 1, capped));
            })
        .thenCompose(stage -> stage);
  }

  private static <T> CompletionStage<T> started(Supplier<CompletionStage<T>> work) {
    try {
      return work.get();
    } catch (StoreException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  private static StoreException outOfTime(StoreException last, int count, Duration spent) {
    return new StoreException(
        StoreException.Kind.TRANSIENT,
        "%s (given up after %d attempts in %.1f s)"
            .formatted(last.getMessage(), count, spent.toMillis() / 1000.0),
        last);
  }
}
