package org.ijepa.source;

import akka.util.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.ijepa.store.Store;
import org.ijepa.store.Version;

/**
 * Reads members of shards by way of pieces of 1 MiB that hold many of them, the last ones of which
 * stay in memory. Safe for use from many threads.
 */
final class ShardPieces {
  static final int PIECE = 1 << 20;

  private final Store store;
  private final ShardTable shards;
  private final IntFunction<Version> versions;
  private final int most;

  /** Those used last at the end; guarded by this. */
  private final Map<Key, CompletionStage<ByteString>> kept = new LinkedHashMap<>(16, 0.75f, true);

  private record Key(int shard, long number) {}

  /**
   * Has read nothing yet.
   *
   * @param versions of shards
   * @param most pieces that stay
   */
  ShardPieces(Store store, ShardTable shards, IntFunction<Version> versions, int most) {
    this.store = store;
    this.shards = shards;
    this.versions = versions;
    this.most = most;
  }

  /**
   * Whether pieces cost less than a request for each member, both counted in bytes that could be
   * read meanwhile. A window's members are used in any order, so that all of its pieces must stay
   * until the next one; a piece is then read once, and a shard's first and last hold little.
   *
   * <p>Measured with members of 4 and of 20 KB: bench/results, shards.
   *
   * @param requestBytes that a request is worth; where they are fewer than a piece, as in a folder,
   *     pieces gain nothing
   * @param memberBytes of a member that is used, on average
   * @param spanBytes of a shard for each member that is used: with {@code data.fraction} there is
   *     more between them
   * @param window members that are shuffled together
   * @param shardMembers used members of a shard, on average
   * @param streams each with a window of its own
   * @param memory for pieces, bytes
   */
  static boolean pay(
      int requestBytes,
      double memberBytes,
      double spanBytes,
      long window,
      double shardMembers,
      int streams,
      long memory) {
    double shardsOfAWindow = window / shardMembers + 2;
    double held = streams * (window * spanBytes + shardsOfAWindow * PIECE);
    double asPieces = spanBytes * (requestBytes + PIECE) / PIECE;
    return requestBytes >= PIECE && held <= memory && asPieces < requestBytes + memberBytes;
  }

  /** The piece in which bytes from {@code offset} on begin. */
  static long first(long offset) {
    return offset / PIECE;
  }

  /** The piece in which they end; none at all are looked for where they would begin. */
  static long last(long offset, int length) {
    return (offset + Math.max(1, length) - 1) / PIECE;
  }

  /** Bytes of a piece of a shard that has so many. */
  static int length(long piece, long shardBytes) {
    return (int) Math.min(PIECE, shardBytes - piece * PIECE);
  }

  /** Bytes of a shard, from the pieces that they stand in. */
  CompletionStage<ByteString> read(int shard, long offset, int length) {
    List<CompletableFuture<ByteString>> pieces = new ArrayList<>();
    long first = first(offset);
    for (long number = first; number <= last(offset, length); number++) {
      pieces.add(piece(new Key(shard, number)).toCompletableFuture());
    }
    int skipped = (int) (offset - first * PIECE);
    return CompletableFuture.allOf(pieces.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                pieces.stream()
                    .map(CompletableFuture::join)
                    .reduce(ByteString.emptyByteString(), ByteString::concat)
                    .slice(skipped, skipped + length));
  }

  private CompletionStage<ByteString> piece(Key key) {
    CompletableFuture<ByteString> mine = new CompletableFuture<>();
    synchronized (this) {
      CompletionStage<ByteString> known = kept.get(key);
      if (known != null) {
        return known;
      }
      kept.put(key, mine);
      if (kept.size() > most) {
        // Whoever waits for it has it all the same.
        kept.remove(kept.keySet().iterator().next());
      }
    }
    long offset = key.number() * PIECE;
    int length = length(key.number(), shards.bytes(key.shard()));
    store
        .read(shards.key(key.shard()), versions.apply(key.shard()), offset, length)
        .whenComplete(
            (bytes, failure) -> {
              if (failure == null) {
                mine.complete(bytes);
              } else {
                forget(key, mine);
                mine.completeExceptionally(failure);
              }
            });
    return mine;
  }

  /** Reads bytes of a shard anew, and what stands beside them, when they are wanted next. */
  synchronized void forget(int shard, long offset, int length) {
    for (long number = first(offset); number <= last(offset, length); number++) {
      kept.remove(new Key(shard, number));
    }
  }

  /** What failed is read anew by whoever wants it next. */
  private synchronized void forget(Key key, CompletionStage<ByteString> failed) {
    kept.remove(key, failed);
  }
}
