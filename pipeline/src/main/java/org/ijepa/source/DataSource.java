package org.ijepa.source;

import akka.actor.ClassicActorSystemProvider;
import akka.pattern.Patterns;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;
import org.ijepa.store.StoredObject;

/** A source of images: its index, and fetching with retries of what the world does wrong. */
public final class DataSource {
  private static final double JITTER = 0.2;

  private final Store store;
  private final SampleIndex index;
  private final Retry retry;
  private final ClassicActorSystemProvider system;
  private final Clock clock;

  /** How long and how often a transient failure is tried again. */
  public record Retry(Duration minBackoff, Duration maxBackoff, Duration giveUpAfter) {}

  private DataSource(
      Store store, SampleIndex index, Retry retry, ClassicActorSystemProvider system, Clock clock) {
    this.store = store;
    this.index = index;
    this.retry = retry;
    this.system = system;
    this.clock = clock;
  }

  /**
   * Lists the source and builds its index. Fails with a {@link Failure} that names a missing
   * bucket, refused credentials, or a source without images.
   */
  public static CompletionStage<DataSource> open(
      Store store, Retry retry, ClassicActorSystemProvider system, Clock clock) {
    Callable<CompletionStage<List<StoredObject>>> list =
        () -> store.list("").runWith(Sink.seq(), system);
    return retrying(list, retry, system, clock)
        .handle(
            (objects, failure) -> {
              if (failure != null) {
                throw new CompletionException(failure(store, StoreException.of(failure)));
              }
              SampleIndex index = SampleIndex.of(objects);
              if (index.size() == 0) {
                throw new Failure(
                    ExitCode.WRONG_USAGE,
                    "no images under " + store.uri() + " (" + index.ignored() + " other files)",
                    "check the prefix; images are told by .jpg, .jpeg, .png, .webp, .bmp");
              }
              return new DataSource(store, index, retry, system, clock);
            });
  }

  private static Failure failure(Store store, StoreException e) {
    String hint =
        switch (e.kind()) {
          case NO_BUCKET, NOT_FOUND -> "check data.uri = " + store.uri();
          case REFUSED -> "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile";
          default -> "check that the server is up: data.s3.endpoint";
        };
    return new Failure(ExitCode.WRONG_USAGE, e.getMessage(), hint, e);
  }

  private static <T> CompletionStage<T> retrying(
      Callable<CompletionStage<T>> work,
      Retry retry,
      ClassicActorSystemProvider system,
      Clock clock) {
    Instant deadline = clock.instant().plus(retry.giveUpAfter());
    return Patterns.retry(
        work,
        Integer.MAX_VALUE,
        retry.minBackoff(),
        retry.maxBackoff(),
        JITTER,
        e -> StoreException.of(e).kind() == Kind.TRANSIENT && clock.instant().isBefore(deadline),
        system);
  }

  /** All samples. */
  public SampleIndex index() {
    return index;
  }

  /**
   * The bytes of a sample's file. A sample that vanished or changed its size since the index was
   * made fails with a {@link Failure}: the run's meaning would change with it.
   */
  public CompletionStage<ByteString> fetch(long sample) {
    String key = index.key(sample);
    return retrying(() -> store.read(key), retry, system, clock)
        .handle(
            (bytes, failure) -> {
              if (failure != null) {
                StoreException e = StoreException.of(failure);
                throw new Failure(
                    ExitCode.INTERRUPTED,
                    "cannot read a sample: " + e.getMessage(),
                    "mend the store and start the same command again",
                    e);
              }
              if (bytes.size() != index.bytes(sample)) {
                throw new Failure(
                    ExitCode.INTERRUPTED,
                    key
                        + " has "
                        + bytes.size()
                        + " bytes, had "
                        + index.bytes(sample)
                        + " when the run began",
                    "the data set changed under the run: restore it, or start a new run");
              }
              return bytes;
            });
  }
}
