package org.ijepa.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Sends a second request where the first one is slow ({@link SlowReads}); the first answer wins and
 * the other is called off. A request that fails leaves the read to the other one, if that is under
 * way. Safe for use from many threads.
 */
final class Hedge {
  /** A request that is under way. */
  interface Attempt<T> {
    CompletionStage<T> result();

    /** Its result is of no use any more. */
    void cancel();
  }

  /** Runs something later, unless what it returns is run before. */
  @FunctionalInterface
  interface Timer {
    Runnable after(Duration wait, Runnable work);
  }

  private final LongSupplier nanoTime;
  private final Timer timer;

  // Guarded by this.
  private final SlowReads slow = new SlowReads();
  private Hedges counts = Hedges.NONE;

  /**
   * Knows nothing yet, and so sends no second requests.
   *
   * @param nanoTime clock
   */
  Hedge(LongSupplier nanoTime, Timer timer) {
    this.nanoTime = nanoTime;
    this.timer = timer;
  }

  /**
   * Completes with the first answer of at most two requests, and fails once none is left.
   *
   * @param request sends one
   */
  <T> CompletionStage<T> run(Supplier<Attempt<T>> request) {
    Race<T> race = new Race<>(request);
    race.begin();
    return race.result;
  }

  /** What it did so far. */
  synchronized Hedges counts() {
    return counts;
  }

  private synchronized Optional<Duration> bound() {
    return slow.bound();
  }

  private synchronized boolean grant() {
    boolean granted = slow.grant();
    if (granted) {
      counts = counts.plus(new Hedges(0, 1, 0));
    }
    return granted;
  }

  private synchronized void answered(long nanos, boolean second) {
    slow.answered(nanos);
    counts = counts.plus(new Hedges(1, 0, second ? 1 : 0));
  }

  /** One read and its requests. */
  private final class Race<T> {
    private final Supplier<Attempt<T>> request;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final long start = nanoTime.getAsLong();

    // Guarded by this.
    private final List<Attempt<T>> attempts = new ArrayList<>(2);
    private int failed;
    private boolean over;
    private Runnable callOff = () -> {};

    Race(Supplier<Attempt<T>> request) {
      this.request = request;
    }

    void begin() {
      send();
      bound().ifPresent(this::watch);
    }

    private void watch(Duration bound) {
      Runnable timed = timer.after(bound, this::again);
      synchronized (this) {
        if (!over) {
          callOff = timed;
          return;
        }
      }
      timed.run();
    }

    private void again() {
      synchronized (this) {
        if (over || !grant()) {
          return;
        }
      }
      send();
    }

    private void send() {
      Attempt<T> attempt = request.get();
      int number;
      synchronized (this) {
        if (over) {
          // The first one ended while this one was being sent.
          attempt.cancel();
          return;
        }
        number = attempts.size();
        attempts.add(attempt);
      }
      attempt.result().whenComplete((value, failure) -> ended(number, value, failure));
    }

    private void ended(int number, T value, Throwable failure) {
      List<Attempt<T>> others;
      synchronized (this) {
        failed += failure == null ? 0 : 1;
        if (over || (failure != null && failed < attempts.size())) {
          return;
        }
        over = true;
        others = new ArrayList<>(attempts);
        others.remove(number);
        callOff.run();
      }
      if (failure != null) {
        result.completeExceptionally(failure);
        return;
      }
      answered(nanoTime.getAsLong() - start, number > 0);
      others.forEach(Attempt::cancel);
      result.complete(value);
    }
  }
}
