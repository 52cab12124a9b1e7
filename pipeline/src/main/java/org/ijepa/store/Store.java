package org.ijepa.store;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Objects below one root, a folder or an S3 prefix; safe for use from many threads.
 *
 * <p>Keys are relative to the root, with {@code /} between folders. Every failure is a {@link
 * StoreException}. What fails for a transient reason is tried again as the {@link RetryPolicy} says
 * before it shows, except where noted.
 */
public interface Store {
  /**
   * Opens a store without touching it: a missing bucket shows at the first operation.
   *
   * @param uri a folder's path, {@code file:///folder}, or {@code s3://bucket/prefix}
   * @throws StoreException of kind INVALID if it is none of these
   */
  static Store open(String uri, S3Access access, RetryPolicy policy, ActorSystem<?> system) {
    return Stores.open(uri, access, policy, system);
  }

  /** Full name of an object, for messages. */
  String describe(String key);

  /**
   * All objects at any depth whose key begins with {@code prefix}, in no promised order. Not tried
   * again once entries have flowed: wrap what consumes it in {@link #retrying}. A root that is not
   * there is NO_BUCKET; an empty one an empty source.
   */
  Source<Entry, NotUsed> list(String prefix);

  /** Where nothing is listed: what may have been meant, if anything tells. */
  default CompletionStage<Optional<String>> meantInstead() {
    return CompletableFuture.completedStage(Optional.empty());
  }

  /** The whole of an object of less than 2 GiB. */
  default CompletionStage<ByteString> read(String key) {
    return read(key, Integer.MAX_VALUE);
  }

  /** The whole of an object; RESIZED if it has more than {@code most} bytes. */
  default CompletionStage<ByteString> read(String key, long most) {
    return read(key, Version.ANY, most);
  }

  /** Exactly {@code length} bytes from {@code offset}; RESIZED if the object ends before. */
  default CompletionStage<ByteString> read(String key, long offset, int length) {
    return read(key, Version.ANY, offset, length);
  }

  /** As {@link #read(String, long)}; CHANGED if the object is of another version now. */
  CompletionStage<ByteString> read(String key, Version version, long most);

  /**
   * As above, but checked against what the store says of the object's bytes, where it says
   * anything: what comes otherwise is read again, and DAMAGED if it comes so twice.
   */
  default CompletionStage<ByteString> readSound(String key, Version version, long most) {
    return read(key, version, most);
  }

  /** As {@link #read(String, long, int)}; CHANGED if the object is of another version now. */
  CompletionStage<ByteString> read(String key, Version version, long offset, int length);

  /**
   * How many bytes are read in about the time that a request takes by itself: to jump over fewer is
   * no gain.
   */
  int bytesOfARequest();

  /** The whole of an object of any size, by range reads, a few ahead. */
  Source<ByteString, NotUsed> stream(String key);

  /** Writes an object; readers see the old or the new one, never a part. */
  CompletionStage<Done> write(String key, ByteString bytes);

  /** As {@link #write}, from a file of any size. */
  CompletionStage<Done> writeFile(String key, Path file);

  /**
   * As {@link #write}, from a stream of unknown length; not tried again as a whole, since a stream
   * flows once.
   */
  CompletionStage<Done> writeStream(String key, Source<ByteString, ?> bytes);

  /**
   * Writes an object only if there is none, atomically among all writers; EXISTS otherwise. After a
   * cut connection nobody knows whether the attempt succeeded: an object that the next one finds is
   * this call's if it has its bytes, which must therefore be unlike those of any other writer to
   * whom it matters who was first. INVALID where {@link #supportsCreateNew} is false.
   */
  CompletionStage<Done> createNew(String key, ByteString bytes);

  /**
   * Whether {@link #createNew} is to be had. Many look-alikes of S3 ignore the condition, so it is
   * found out once, by writing an object twice and deleting it.
   */
  CompletionStage<Boolean> supportsCreateNew();

  /** Deletes an object; one that is not there is no error. */
  CompletionStage<Done> delete(String key);

  /** Size in bytes, or empty if there is no such object. */
  CompletionStage<OptionalLong> size(String key);

  /** How often it was asked again; a folder is sent no second requests. */
  Hedges hedges();

  /** Runs {@code work} again while it fails for a transient reason, as the store's policy says. */
  <T> CompletionStage<T> retrying(Supplier<CompletionStage<T>> work);
}
