package org.ijepa.store;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;

/**
 * Files under one URI. Keys are paths below it, with slashes. Every operation fails with a {@link
 * StoreException}.
 */
public interface Store {

  /** The URI as it was given. */
  String uri();

  /** All files whose keys begin with {@code prefix}, at any depth, in no given order. */
  Source<StoredObject, NotUsed> list(String prefix);

  /** A whole file. */
  CompletionStage<ByteString> read(String key);

  /** Copies a file of the store to a local one, replacing it. */
  CompletionStage<Long> download(String key, Path file);

  /** Writes a whole file, replacing it at once: a reader sees the old or the new one. */
  CompletionStage<StoredObject> write(String key, ByteString bytes);

  /** As {@link #write}, from a local file of any size. */
  CompletionStage<StoredObject> upload(String key, Path file);

  /** Deletes a file; one that is not there counts as deleted. */
  CompletionStage<String> delete(String key);

  /**
   * Writes a file unless it exists.
   *
   * @return whether it was created; at most one of several callers gets true
   */
  CompletionStage<Boolean> create(String key, ByteString bytes);
}
