package org.ijepa.source;

import akka.actor.typed.ActorSystem;
import akka.util.ByteString;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/**
 * A store with an index of its images: fetches a sample by its number. Safe for use from many
 * threads.
 */
public final class DataSource {
  private final Store store;
  private final SampleIndex index;

  /** A source whose index is at hand, for example from a file. */
  public DataSource(Store store, SampleIndex index) {
    this.store = store;
    this.index = index;
  }

  /** Lists the store; fails as {@link SampleIndex#of} does. */
  public static CompletionStage<DataSource> open(Store store, ActorSystem<?> system) {
    return SampleIndex.of(store, system).thenApply(index -> new DataSource(store, index));
  }

  /** The images there are. */
  public SampleIndex index() {
    return index;
  }

  /** Full name of a sample, for messages and the quarantine file. */
  public String describe(long sample) {
    return store.describe(index.key(sample));
  }

  /**
   * The file of a sample, whole.
   *
   * @return fails with {@link SourceException} if the file is gone or has another size than when it
   *     was indexed, and with {@link StoreException} if it cannot be read
   */
  public CompletionStage<ByteString> fetch(long sample) {
    String key = index.key(sample);
    return store
        .read(key)
        .handle(
            (bytes, failure) -> {
              if (failure == null) {
                return checked(sample, bytes);
              }
              boolean gone =
                  StoreException.of(failure)
                      .filter(known -> known.kind() == StoreException.Kind.NOT_FOUND)
                      .isPresent();
              return CompletableFuture.<ByteString>failedStage(
                  gone ? vanished(sample, failure) : failure);
            })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<ByteString> checked(long sample, ByteString bytes) {
    if (bytes.size() == index.bytes(sample)) {
      return CompletableFuture.completedStage(bytes);
    }
    return CompletableFuture.failedStage(
        new SourceException(
            SourceException.Kind.CHANGED,
            "%s: has %d bytes, had %d when it was indexed; put it back, or begin a new run"
                .formatted(describe(sample), bytes.size(), index.bytes(sample))));
  }

  private SourceException vanished(long sample, Throwable failure) {
    return new SourceException(
        SourceException.Kind.VANISHED,
        describe(sample)
            + ": was there when it was indexed and is gone; put it back, or begin a new run",
        failure);
  }
}
