package org.ijepa.dataset;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/** A new data set in a store: a write returns when fewer than so many are under way. */
final class StoreFiles implements NewFiles {
  private static final int AT_ONCE = 16;

  private final Store store;
  private final ActorSystem<?> system;
  private final Semaphore free = new Semaphore(AT_ONCE);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  StoreFiles(Store store, ActorSystem<?> system) {
    this.store = store;
    this.system = system;
  }

  @Override
  public void begin() {
    requireNew(store, system);
  }

  /**
   * Makes sure that a store holds nothing.
   *
   * @throws Failure if it does
   */
  static void requireNew(Store store, ActorSystem<?> system) {
    if (!list(store, 1, system).isEmpty()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "dataset: " + store.describe("") + " is not empty",
          "name a new folder or prefix, or empty this one");
    }
  }

  /** Some of the keys in a store; none in a folder that is not there yet. */
  static List<String> list(Store store, long most, ActorSystem<?> system) {
    try {
      return store
          .list("")
          .take(most)
          .map(Entry::key)
          .runWith(Sink.seq(), system)
          .toCompletableFuture()
          .join();
    } catch (CompletionException e) {
      // A folder that is not there is made by the first write; a bucket is not, and that one says
      // so.
      if (StoreException.of(e).filter(f -> f.kind() == StoreException.Kind.NO_BUCKET).isEmpty()) {
        throw e;
      }
      return List.of();
    }
  }

  @Override
  public void write(String key, byte[] bytes) {
    free.acquireUninterruptibly();
    if (failure.get() != null) {
      free.release();
      throw failed();
    }
    store
        .write(key, ByteString.fromArrayUnsafe(bytes))
        .whenComplete(
            (done, cause) -> {
              if (cause != null) {
                failure.compareAndSet(null, cause);
              }
              free.release();
            });
  }

  @Override
  public void finish() {
    free.acquireUninterruptibly(AT_ONCE);
    free.release(AT_ONCE);
    if (failure.get() != null) {
      throw failed();
    }
  }

  private RuntimeException failed() {
    Throwable cause = failure.get();
    return StoreException.of(cause)
        .<RuntimeException>map(known -> known)
        .orElseGet(() -> new IllegalStateException(cause));
  }
}
