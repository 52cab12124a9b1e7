package org.ijepa.trainer;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ijepa.batch.BatchStream.Feed;
import org.ijepa.batch.MicroBatch;
import org.ijepa.stage.PipelineCounts;

/**
 * The micro-batches of a rank in one generation, and how long they were waited for. A thread that
 * waits here moves as long as the stages that bring images do. For one thread.
 */
final class StepInput {
  /** So often the stages that bring images are looked at. */
  private static final long LOOK_MILLIS = 500;

  private final Feed feed;
  private final InputWait wait;
  private final Pulse pulse;
  private long waitedNanos;

  /** What the feed had counted at the end of the last step; empty before its first. */
  private Optional<PipelineCounts> counted = Optional.empty();

  /**
   * The input of one generation.
   *
   * @param wait since when something is waited for
   * @param pulse of the thread that waits
   */
  StepInput(Feed feed, InputWait wait, Pulse pulse) {
    this.feed = feed;
    this.wait = wait;
    this.pulse = pulse;
  }

  /** Before a step's first micro-batch. */
  void begin() {
    waitedNanos = 0;
  }

  /**
   * The next micro-batch; empty once the feed was cancelled.
   *
   * @param step that it is of
   * @throws ExecutionException if none comes any more
   */
  Optional<MicroBatch> take(long step) throws ExecutionException, InterruptedException {
    CompletableFuture<Optional<MicroBatch>> coming = feed.pull().toCompletableFuture();
    long began = wait.began(coming);
    try {
      return await(coming, step);
    } finally {
      waitedNanos += System.nanoTime() - began;
    }
  }

  /** However long it takes: it moves as long as its stages do, or a store is asked again. */
  private <T> T await(Future<T> coming, long step) throws ExecutionException, InterruptedException {
    long moved = -1;
    pulse.works("step " + step + ", waiting for images");
    while (true) {
      try {
        return coming.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long now = feed.counts().moves();
        if (now != moved) {
          moved = now;
          pulse.works("step " + step + ", waiting for images");
        }
      }
    }
  }

  /** Nanoseconds that were waited in the step. */
  long waitedNanos() {
    return waitedNanos;
  }

  /** What the stages counted since this was asked before; nothing at first. */
  PipelineCounts counts() {
    PipelineCounts now = feed.counts();
    PipelineCounts since = counted.map(now::minus).orElse(PipelineCounts.NONE);
    counted = Optional.of(now);
    return since;
  }

  /** Ends it, from any thread; what is waited for ends as well. */
  void cancel() {
    feed.cancel();
  }
}
