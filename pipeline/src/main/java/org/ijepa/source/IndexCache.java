package org.ijepa.source;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.ijepa.store.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Indexes of shards in a folder, each named by a hash of the listing that it was made from:
 * address, key, size and version (S3's ETag, a file's time) of each shard. A shard that changes
 * makes another name, so that nothing in the folder is ever out of date; all of it may be deleted.
 */
final class IndexCache {
  private static final Logger LOG = LoggerFactory.getLogger(IndexCache.class);

  private final Path folder;
  private final ActorSystem<?> system;
  private final Executor blocking;

  IndexCache(Path folder, ActorSystem<?> system) {
    this.folder = folder;
    this.system = system;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
  }

  /** The index of a listing, from the folder or by reading the shards. */
  CompletionStage<SampleIndex> index(Store store, Listing listing, IndexProgress progress) {
    Path file = folder.resolve(listing.digest(store) + ".index");
    return CompletableFuture.supplyAsync(() -> load(file), blocking)
        .thenCompose(
            known ->
                known
                    .<CompletionStage<SampleIndex>>map(CompletableFuture::completedStage)
                    .orElseGet(
                        () ->
                            listing
                                .index(store, progress, system)
                                .thenApplyAsync(index -> saved(index, file), blocking)));
  }

  private static Optional<SampleIndex> load(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(IndexFile.load(file));
    } catch (IOException | SourceException e) {
      LOG.warn("a kept index cannot be used, the shards are read again: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Without a place to keep it, an index is as good: it takes its time again next time. */
  private static SampleIndex saved(SampleIndex index, Path file) {
    try {
      IndexFile.save(index, file);
    } catch (IOException e) {
      LOG.warn("the index of the shards cannot be kept: {}", e.toString());
    }
    return index;
  }
}
