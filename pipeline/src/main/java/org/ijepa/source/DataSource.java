package org.ijepa.source;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.util.ByteString;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import org.ijepa.cache.DiskCache;
import org.ijepa.random.RandomKey;
import org.ijepa.store.Hedges;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;

/**
 * A store with an index of its images: fetches a sample by its number. Safe for use from many
 * threads.
 */
public final class DataSource implements Samples {
  private final Store store;
  private final SampleIndex index;
  private final IgnoredFiles ignored;

  /**
   * Of what its listing said, which changes when an object does; empty where nothing was listed.
   */
  private final String version;

  private final Optional<Cached> cached;

  /** Where members of shards are read by way of pieces. */
  private final Optional<ShardPieces> pieces;

  /** Reads that brought other bytes than one after them. */
  private final LongAdder damaged = new LongAdder();

  /** Where samples are kept, and whose threads wait for that disk. */
  private record Cached(DiskCache cache, Executor blocking) {}

  /** A source whose index is at hand, for example from a file. */
  public DataSource(Store store, SampleIndex index) {
    this(store, index, IgnoredFiles.NONE, "", Optional.empty(), Optional.empty());
  }

  private DataSource(
      Store store,
      SampleIndex index,
      IgnoredFiles ignored,
      String version,
      Optional<Cached> cached,
      Optional<ShardPieces> pieces) {
    this.store = store;
    this.index = index;
    this.ignored = ignored;
    this.version = version;
    this.cached = cached;
    this.pieces = pieces;
  }

  /** Lists the store; fails as {@link SampleIndex#of} does. */
  public static CompletionStage<DataSource> open(Store store, ActorSystem<?> system) {
    return SampleIndex.of(store, system).thenApply(index -> new DataSource(store, index));
  }

  /**
   * Opens what {@code data.uri} names: images below a folder or prefix, or WebDataset shards: those
   * below a folder or prefix without images, a {@code .tar} file, or several by braces ({@code
   * s3://bucket/train-{0000..0127}.tar}).
   *
   * @param stores opens a folder or prefix
   * @param cache folder in which indexes of shards are kept; empty for none
   * @return fails as {@link SampleIndex#of} does
   */
  public static CompletionStage<DataSource> open(
      String uri, Function<String, Store> stores, Optional<Path> cache, ActorSystem<?> system) {
    return open(uri, stores, cache, IndexProgress.NONE, system);
  }

  /** As above; {@code progress} hears how far its index is. */
  public static CompletionStage<DataSource> open(
      String uri,
      Function<String, Store> stores,
      Optional<Path> cache,
      IndexProgress progress,
      ActorSystem<?> system) {
    SourceAddress address;
    Store store;
    try {
      address = SourceAddress.parse(uri);
      store = stores.apply(address.root());
    } catch (SourceException | StoreException e) {
      return CompletableFuture.failedStage(e);
    }
    return Listing.of(store, address, progress, system)
        .thenCompose(
            listing ->
                (cache.isPresent() && listing.isSharded()
                        ? new IndexCache(cache.get(), system).index(store, listing, progress)
                        : listing.index(store, progress, system))
                    .thenApply(
                        index ->
                            new DataSource(
                                store,
                                listing.versioned(index),
                                listing.ignored(),
                                listing.digest(store),
                                Optional.empty(),
                                Optional.empty())));
  }

  /** The same with a part of its images: {@link SampleIndex#part}. */
  public DataSource part(double fraction, RandomKey key) {
    return new DataSource(
        store, index.part(fraction, key), ignored, version, cached, Optional.empty());
  }

  /**
   * The same, whose shards are read in pieces of 1 MiB where that is cheaper than a request for
   * each sample: {@link ShardPieces#pay}.
   *
   * @param window samples of a stream that are shuffled together
   * @param streams in this process
   * @param memory for pieces, bytes
   */
  public DataSource inPieces(long window, int streams, long memory) {
    Optional<ShardPieces> found =
        index
            .shards()
            .filter(shards -> pay(shards, window, streams, memory))
            .map(
                shards ->
                    new ShardPieces(
                        store,
                        shards,
                        shard -> index.version(shards.first(shard)),
                        (int) Math.min(Integer.MAX_VALUE, memory / ShardPieces.PIECE)));
    return new DataSource(store, index, ignored, version, cached, found);
  }

  private boolean pay(ShardTable shards, long window, int streams, long memory) {
    double samples = size();
    double members = 0;
    for (long i = 0; i < size(); i++) {
      members += index.bytes(i);
    }
    double files = 0;
    for (int i = 0; i < shards.count(); i++) {
      files += shards.bytes(i);
    }
    return ShardPieces.pay(
        store.bytesOfARequest(),
        members / samples,
        files / samples,
        Math.min(window, size()),
        samples / shards.count(),
        streams,
        memory);
  }

  /** Whether its shards are read in pieces. */
  public boolean isInPieces() {
    return pieces.isPresent();
  }

  /** What it takes to read every sample once, without a cache. */
  public EpochReads reads() {
    return index
        .shards()
        .map(
            shards ->
                isInPieces()
                    ? EpochReads.ofPieces(index, shards, store.bytesOfARequest())
                    : EpochReads.ofMembers(index, shards, store.bytesOfARequest()))
        .orElseGet(() -> EpochReads.ofImages(index));
  }

  /**
   * The same, whose samples are kept in a cache and taken from there. They are kept under a digest
   * of the listing, so that none is taken for one that has changed since.
   *
   * @param blocking runs what waits for the cache's disk
   * @throws IllegalStateException if the source was not opened by its address
   */
  public DataSource cached(DiskCache cache, Executor blocking) {
    if (version.isEmpty()) {
      throw new IllegalStateException("nobody knows what has changed in " + store.describe(""));
    }
    return new DataSource(
        store, index, ignored, version, Optional.of(new Cached(cache, blocking)), Optional.empty());
  }

  /** The images there are. */
  public SampleIndex index() {
    return index;
  }

  @Override
  public long size() {
    return index.size();
  }

  /** Its path below the source. */
  @Override
  public String name(long sample) {
    return index.key(sample);
  }

  @Override
  public long bytes(long sample) {
    return index.bytes(sample);
  }

  @Override
  public String fingerprint() {
    return index.fingerprint();
  }

  /**
   * A digest of address and of key, size and version (S3's ETag, a file's time) of each image or
   * shard that its listing named; empty where nothing was listed.
   */
  public String version() {
    return version;
  }

  /** Where they are. */
  public Store store() {
    return store;
  }

  @Override
  public Hedges hedges() {
    return store.hedges().plus(new Hedges(0, 0, 0, damaged.sum()));
  }

  /** What people should know about the source: shards that are not whole. */
  public List<String> problems() {
    return index.problems();
  }

  /** What lies beside its images or shards and means nothing. */
  public IgnoredFiles ignored() {
    return ignored;
  }

  /** Whether its samples are members of shards. */
  public boolean isSharded() {
    return index.shards().isPresent();
  }

  /**
   * Reads the {@code .json} members that stand beside samples in shards, by going through the
   * shards' headers once more: an index keeps none of it.
   *
   * @param hears of the text and number of each sample that has one of at most 1 MiB, by ascending
   *     number, one at a time
   * @return fails as {@link #fetch} does
   */
  public CompletionStage<Done> json(ObjLongConsumer<String> hears, ActorSystem<?> system) {
    return index
        .shards()
        .map(shards -> ShardReader.texts(store, shards, TarWalk.Texts.JSON, hears, system))
        .orElseGet(() -> CompletableFuture.completedStage(Done.getInstance()));
  }

  /** Full name of a sample, for messages and the quarantine file. */
  public String describe(long sample) {
    return store.describe(index.key(sample));
  }

  @Override
  public CompletionStage<ByteString> fetch(long sample) {
    if (bytes(sample) > MOST_BYTES) {
      return CompletableFuture.failedStage(tooLarge(sample));
    }
    return cached.map(kept -> fetch(sample, kept)).orElseGet(() -> read(sample, false));
  }

  /** Only what has its right size gets into the cache: else it could never be put right. */
  private CompletionStage<ByteString> fetch(long sample, Cached kept) {
    String name = cacheName(sample);
    return CompletableFuture.supplyAsync(() -> kept.cache().get(version, name), kept.blocking())
        .thenCompose(
            found ->
                found
                    .<CompletionStage<ByteString>>map(CompletableFuture::completedStage)
                    .orElseGet(
                        () ->
                            read(sample, true)
                                .thenApplyAsync(
                                    bytes -> {
                                      kept.cache().put(version, name, bytes);
                                      return bytes;
                                    },
                                    kept.blocking())));
  }

  private String cacheName(long sample) {
    // A tar file may hold two members of one name.
    long offset = index.shards().map(shards -> shards.offset(sample)).orElse(0L);
    return version + " " + offset + " " + index.bytes(sample) + " " + index.key(sample);
  }

  @Override
  public CompletionStage<ByteString> again(long sample, ByteString doubted) {
    return checked(
            sample,
            index
                .shards()
                .map(shards -> member(shards, sample))
                .orElseGet(() -> whole(sample, true)))
        .thenCompose(
            bytes ->
                bytes.asByteBuffer().equals(doubted.asByteBuffer())
                    ? CompletableFuture.completedStage(bytes)
                    : replaced(sample, bytes));
  }

  /** What was fetched before is not what is there. */
  private CompletionStage<ByteString> replaced(long sample, ByteString bytes) {
    damaged.increment();
    pieces.ifPresent(
        known -> {
          ShardTable shards = index.shards().orElseThrow();
          known.forget(shards.shardOf(sample), shards.offset(sample), bytes.size());
        });
    return cached
        .<CompletionStage<ByteString>>map(
            kept ->
                CompletableFuture.supplyAsync(
                    () -> {
                      kept.cache().replace(version, cacheName(sample), bytes);
                      return bytes;
                    },
                    kept.blocking()))
        .orElseGet(() -> CompletableFuture.completedStage(bytes));
  }

  /**
   * Reads a sample from where it lies.
   *
   * @param sound whether the store is to check what it brings
   */
  private CompletionStage<ByteString> read(long sample, boolean sound) {
    return checked(
        sample,
        index
            .shards()
            .map(
                shards ->
                    pieces
                        .map(
                            known ->
                                known.read(
                                    shards.shardOf(sample),
                                    shards.offset(sample),
                                    memberBytes(sample)))
                        .orElseGet(() -> member(shards, sample)))
            .orElseGet(() -> whole(sample, sound)));
  }

  private CompletionStage<ByteString> whole(long sample, boolean sound) {
    String key = index.key(sample);
    return sound
        ? store.readSound(key, index.version(sample), index.bytes(sample))
        : store.read(key, index.version(sample), index.bytes(sample));
  }

  private CompletionStage<ByteString> member(ShardTable shards, long sample) {
    String shard = shards.key(shards.shardOf(sample));
    return store.read(shard, index.version(sample), shards.offset(sample), memberBytes(sample));
  }

  private int memberBytes(long sample) {
    return Math.toIntExact(index.bytes(sample));
  }

  private CompletionStage<ByteString> checked(long sample, CompletionStage<ByteString> read) {
    return read.handle(
            (bytes, failure) -> failure == null ? checked(sample, bytes) : failed(sample, failure))
        .thenCompose(stage -> stage);
  }

  private CompletionStage<ByteString> failed(long sample, Throwable failure) {
    Optional<StoreException.Kind> kind = StoreException.of(failure).map(StoreException::kind);
    if (kind.equals(Optional.of(StoreException.Kind.NOT_FOUND))) {
      return CompletableFuture.failedStage(vanished(sample, failure));
    }
    if (kind.equals(Optional.of(StoreException.Kind.RESIZED))) {
      String what =
          index.shards().isPresent()
              ? "its shard is shorter than when it was indexed"
              : "has more than the %d bytes of when it was indexed".formatted(index.bytes(sample));
      return CompletableFuture.failedStage(changed(sample, what, failure));
    }
    if (kind.equals(Optional.of(StoreException.Kind.CHANGED))) {
      String what = (isSharded() ? "its shard" : "it") + " was written anew since it was indexed";
      return CompletableFuture.failedStage(changed(sample, what, failure));
    }
    return CompletableFuture.failedStage(failure);
  }

  private SourceException changed(long sample, String what, Throwable cause) {
    return new SourceException(
        SourceException.Kind.CHANGED,
        "%s: %s; put it back, or begin a new run%s".formatted(describe(sample), what, said(cause)),
        cause);
  }

  /** What the store said itself, if it did. */
  private static String said(Throwable cause) {
    return StoreException.of(cause).map(store -> " (" + store.getMessage() + ")").orElse("");
  }

  private CompletionStage<ByteString> checked(long sample, ByteString bytes) {
    if (bytes.size() == index.bytes(sample)) {
      return CompletableFuture.completedStage(bytes);
    }
    String what =
        "has %d bytes, had %d when it was indexed".formatted(bytes.size(), index.bytes(sample));
    return CompletableFuture.failedStage(changed(sample, what, null));
  }

  private SourceException tooLarge(long sample) {
    return new SourceException(
        SourceException.Kind.TOO_LARGE,
        "%s: has %d bytes, an image may have %d; take it out"
            .formatted(describe(sample), bytes(sample), MOST_BYTES));
  }

  private SourceException vanished(long sample, Throwable failure) {
    return new SourceException(
        SourceException.Kind.VANISHED,
        describe(sample)
            + ": was there when it was indexed and is gone; put it back, or begin a new run"
            + said(failure),
        failure);
  }
}
