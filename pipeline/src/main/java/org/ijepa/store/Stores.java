package org.ijepa.store;

import akka.NotUsed;
import akka.actor.Scheduler;
import akka.actor.typed.ActorSystem;
import akka.pattern.Patterns;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both kinds of store share. */
final class Stores {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  /**
   * Of a range read by {@link #stream}: large enough for S3 to be at speed, small enough to hold a
   * few.
   */
  private static final int RANGE_BYTES = 8 << 20;

  private static final int RANGES_AHEAD = 3;

  private Stores() {}

  static Store open(String uri, S3Access access, RetryPolicy policy, ActorSystem<?> system) {
    Retry.Delay delay =
        new Retry.Delay() {
          @Override
          public <T> CompletionStage<T> after(Duration wait, Supplier<CompletionStage<T>> work) {
            return Patterns.after(wait, system, work::get);
          }
        };
    // Jitter moves only the time of an attempt, never a result.
    Retry retry =
        new Retry(
            policy,
            delay,
            System::nanoTime,
            () -> ThreadLocalRandom.current().nextDouble(),
            new RetryNotice(LOG::warn));
    if (uri.startsWith("s3://")) {
      String rest = uri.substring("s3://".length());
      int slash = rest.indexOf('/');
      String bucket = slash < 0 ? rest : rest.substring(0, slash);
      String prefix = slash < 0 ? "" : rest.substring(slash + 1);
      if (bucket.isEmpty()) {
        throw invalid(uri + ": names no bucket; write s3://bucket/prefix");
      }
      Scheduler scheduler = system.classicSystem().scheduler();
      Hedge hedge =
          new Hedge(
              System::nanoTime,
              (wait, work) ->
                  scheduler.scheduleOnce(wait, work, system.executionContext())::cancel);
      return new S3Store(bucket, prefix, access, retry, hedge, system);
    }
    if (uri.startsWith("s3:")) {
      throw invalid(uri + ": an address in S3 has two slashes; write s3://bucket/prefix");
    }
    return new FolderStore(folder(uri), retry, system);
  }

  private static Path folder(String uri) {
    if (uri.isBlank()) {
      throw invalid("an empty URI; give a folder, file:///folder or s3://bucket/prefix");
    }
    if (uri.startsWith("file:")) {
      try {
        return Path.of(new URI(uri));
      } catch (URISyntaxException | IllegalArgumentException e) {
        throw invalid(uri + ": not a file URI; write file:///folder, with %20 for a space");
      }
    }
    if (uri.contains("://")) {
      throw invalid(
          uri + ": unknown kind of URI; give a folder, file:///folder or s3://bucket/prefix");
    }
    return Path.of(uri);
  }

  static StoreException invalid(String message) {
    return new StoreException(StoreException.Kind.INVALID, message);
  }

  static StoreException resized(String message) {
    return new StoreException(StoreException.Kind.RESIZED, message);
  }

  /** See {@link Store#stream}. */
  static Source<ByteString, NotUsed> stream(Store store, String key) {
    return Source.completionStage(store.size(key))
        .flatMapConcat(
            found -> {
              if (found.isEmpty()) {
                return Source.failed(
                    new StoreException(
                        StoreException.Kind.NOT_FOUND, store.describe(key) + ": not there"));
              }
              long size = found.getAsLong();
              int ranges = Math.toIntExact((size + RANGE_BYTES - 1) / RANGE_BYTES);
              // Source.range includes its end, and wants it not below its start.
              return ranges == 0
                  ? Source.<ByteString>empty()
                  : Source.range(0, ranges - 1)
                      .mapAsync(
                          RANGES_AHEAD,
                          i -> {
                            long offset = (long) i * RANGE_BYTES;
                            int length = (int) Math.min(RANGE_BYTES, size - offset);
                            return store.read(key, offset, length);
                          });
            })
        .mapMaterializedValue(ignored -> NotUsed.getInstance());
  }
}
