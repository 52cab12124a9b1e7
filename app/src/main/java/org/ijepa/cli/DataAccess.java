package org.ijepa.cli;

import akka.actor.typed.ActorSystem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ijepa.node.Services;
import org.ijepa.source.DataSource;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;

/** Stores and sources of a command that is no run, and the actor system that they live on. */
final class DataAccess implements AutoCloseable {
  private static final int FETCHES = 16;
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          Duration.ofMillis(200),
          Duration.ofSeconds(10),
          Duration.ofMinutes(2),
          Duration.ofSeconds(30));

  private final S3Access s3;
  private final WorkLines lines;
  private final ActorSystem<Object> system = Services.start(FETCHES);

  /**
   * Access to folders, and to S3 where {@code s3} says.
   *
   * @param lines for progress
   */
  DataAccess(S3Access s3, WorkLines lines) {
    this.s3 = s3;
    this.lines = lines;
  }

  /** A line for the progress of work on what is read here: {@link WorkLine}. */
  WorkLine work(String what, String unit) {
    return lines.of(what, unit);
  }

  ActorSystem<Object> system() {
    return system;
  }

  Store store(String uri) {
    return Store.open(uri, s3, RETRY, system);
  }

  /**
   * Images, or shards, under a URI.
   *
   * @param indexCache folder in which indexes of shards are kept; empty for none
   */
  DataSource source(String uri, Optional<Path> indexCache) {
    try (IndexLines progress = new IndexLines(this::work, uri)) {
      return DataSource.open(uri, this::store, indexCache, progress, system)
          .toCompletableFuture()
          .join();
    }
  }

  @Override
  public void close() {
    Services.stop(system);
  }
}
