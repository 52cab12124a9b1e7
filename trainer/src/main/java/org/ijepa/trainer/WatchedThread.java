package org.ijepa.trainer;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.MDC;

/** A thread that does one thing after another, with a {@link Pulse} that others look at. */
final class WatchedThread {
  /** Calls that are shown of one that hangs. */
  private static final int MOST_CALLS = 12;

  private final ExecutorService executor;
  private final Pulse pulse = new Pulse();
  private volatile Thread runs;

  /**
   * What has stood still.
   *
   * @param place where the thread is, a line for each of its innermost calls
   */
  record Hanging(Pulse.Standstill standstill, String place) {}

  WatchedThread(String name) {
    executor =
        Executors.newSingleThreadExecutor(
            work -> {
              runs = new Thread(work, name);
              return runs;
            });
  }

  /** For what runs on this thread, to say what it is at. */
  Pulse pulse() {
    return pulse;
  }

  /** After what was told before. */
  void execute(Runnable work) {
    executor.execute(
        () -> {
          try {
            work.run();
          } finally {
            pulse.rests();
          }
        });
  }

  /** As {@link #execute}, with a result; it logs under the rank of the thread that submits. */
  <T> Future<T> submit(Callable<T> work) {
    String rank = MDC.get(Trainer.RANK);
    return executor.submit(
        () -> {
          MDC.put(Trainer.RANK, rank);
          try {
            return work.call();
          } finally {
            pulse.rests();
          }
        });
  }

  /** To be asked at each tick; what the thread is at, if it has come no further for so many. */
  Optional<Hanging> look(Pulse.Looks bounds) {
    return pulse.look(bounds).map(standstill -> new Hanging(standstill, place()));
  }

  private String place() {
    return Stream.of(runs.getStackTrace())
        .limit(MOST_CALLS)
        .map(call -> "\n    " + call)
        .collect(Collectors.joining());
  }

  /** No more work is taken. */
  void shutdown() {
    executor.shutdown();
  }

  /** Whether what was told has ended within the time. */
  boolean awaitTermination(long seconds) throws InterruptedException {
    return executor.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
