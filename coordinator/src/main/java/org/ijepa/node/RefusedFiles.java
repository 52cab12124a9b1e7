package org.ijepa.node;

import akka.Done;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decode.CrashingFile;
import org.ijepa.decode.GuardedDecoder;
import org.ijepa.store.StoreException;

/**
 * The run's list of files that take a process down, which a node reads again whenever a stream
 * begins. Safe for use from many threads.
 */
final class RefusedFiles {
  private final GuardedDecoder decoder;
  private final Supplier<List<CrashingFile>> list;
  private final RunListener listener;
  private final Executor threads;
  private final Duration patience;
  private CompletableFuture<Done> reading = CompletableFuture.completedFuture(Done.getInstance());

  /**
   * Nothing is read yet.
   *
   * @param decoder that is told
   * @param list reads the run's list, however long that takes, or throws {@link StoreException}
   * @param listener hears what others have found
   * @param threads that may block
   * @param patience after which a stream waits no longer for the list, which counts once it is read
   */
  RefusedFiles(
      GuardedDecoder decoder,
      Supplier<List<CrashingFile>> list,
      RunListener listener,
      Executor threads,
      Duration patience) {
    this.decoder = decoder;
    this.list = list;
    this.listener = listener;
    this.threads = threads;
    this.patience = patience;
  }

  /**
   * Reads the list again.
   *
   * @return complete once what stands there is refused, or could not be read in time; never fails
   */
  synchronized CompletionStage<Done> news() {
    if (reading.isDone()) {
      reading = CompletableFuture.runAsync(this::read, threads).thenApply(nothing -> done());
    }
    return reading.copy().completeOnTimeout(done(), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static Done done() {
    return Done.getInstance();
  }

  private void read() {
    try {
      for (CrashingFile file : decoder.refuse(list.get())) {
        listener.noted(
            "warning: another node found that a file of %,d bytes takes down the process that decodes it: a bad sample from now on (%s)"
                .formatted(file.bytes(), file.text()));
      }
    } catch (StoreException e) {
      listener.noted(
          "warning: what other nodes found out of files that take a process down is not known: "
              + e.getMessage());
    }
  }
}
