package org.ijepa.source;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.ijepa.digest.Sha256;
import org.ijepa.store.Entry;
import org.ijepa.store.KeyOrder;
import org.ijepa.store.Store;

/**
 * What a source has: images or shards. Entries come in any order; one run of a stream writes it,
 * one after another.
 */
final class Listing {
  private final List<Entry> images = new ArrayList<>();
  private final List<Entry> shards = new ArrayList<>();
  private final SourceAddress address;
  private long others;
  private IgnoredFiles ignored = IgnoredFiles.NONE;

  private Listing(SourceAddress address) {
    this.address = address;
  }

  /** Lists a store; fails as {@link SampleIndex#of} does, or with shards that are not there. */
  static CompletionStage<Listing> of(
      Store store, SourceAddress address, IndexProgress progress, ActorSystem<?> system) {
    return store
        .retrying(
            () ->
                store
                    .list(address.prefix())
                    .runWith(
                        Sink.fold(
                            new Listing(address),
                            (listing, entry) -> {
                              listing.add(entry);
                              progress.listed(listing.size());
                              return listing;
                            }),
                        system))
        .thenCompose(
            listing ->
                (listing.size() == 0
                        ? store.meantInstead()
                        : CompletableFuture.completedStage(Optional.<String>empty()))
                    .thenApply(instead -> listing.checked(store, instead)));
  }

  private void add(Entry entry) {
    if (!address.shards().isEmpty()) {
      if (address.shards().contains(entry.key())) {
        shards.add(entry);
      }
    } else if (ImageNames.isImage(entry.key())) {
      images.add(entry);
    } else if (ImageNames.isShard(entry.key())) {
      shards.add(entry);
    } else {
      others++;
      if (!ImageNames.isLabels(entry.key())) {
        ignore(entry.key());
      }
    }
  }

  private void ignore(String key) {
    boolean first = ignored.count() == 0 || KeyOrder.UTF8.compare(key, ignored.first()) < 0;
    ignored = new IgnoredFiles(ignored.count() + 1, first ? key : ignored.first());
  }

  private long size() {
    return images.size() + shards.size() + others;
  }

  private Listing checked(Store store, Optional<String> instead) {
    String source = store.describe("");
    if (!address.shards().isEmpty() && shards.size() < address.shards().size()) {
      Set<String> missing = new TreeSet<>(address.shards());
      shards.forEach(shard -> missing.remove(shard.key()));
      throw new SourceException(
          SourceException.Kind.VANISHED,
          "%s: %d of %d shards are not there, the first is %s; check the address"
              .formatted(
                  source, missing.size(), address.shards().size(), missing.iterator().next()));
    }
    if (images.isEmpty() && shards.isEmpty()) {
      throw others == 0
          ? new SourceException(
              SourceException.Kind.EMPTY,
              source
                  + ": nothing there; "
                  + instead.orElse("check the address, or put images there first"))
          : new SourceException(
              SourceException.Kind.NO_IMAGES,
              "%s: none of its %d files ends in .jpg, .png, .webp, .bmp, .gif, .tif or .tar; check the address"
                  .formatted(source, others));
    }
    Comparator<Entry> byKey = Comparator.comparing(Entry::key, KeyOrder.UTF8);
    images.sort(byKey);
    shards.sort(byKey);
    if (!images.isEmpty() && !shards.isEmpty()) {
      throw new SourceException(
          SourceException.Kind.MIXED,
          "%s: images and shards, %d that begin with %s, and %d .tar files that begin with %s; name the folder of the images, or the shards as in %s, or take the one or the other out"
              .formatted(
                  source,
                  images.size(),
                  images.get(0).key(),
                  shards.size(),
                  shards.get(0).key(),
                  store.describe("train-{0000..0099}.tar")));
    }
    return this;
  }

  private static byte[] utf8(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  /** What is there and means nothing; none where shards are named. */
  IgnoredFiles ignored() {
    return ignored;
  }

  /** Whether its samples stand in shards. */
  boolean isSharded() {
    return images.isEmpty();
  }

  /** The shards, in order. */
  List<Entry> shards() {
    return shards;
  }

  /**
   * SHA-256, in hexadecimal, of the address and of key, size and version (S3's ETag, a file's time)
   * of each image or shard: it changes when one of them does.
   */
  String digest(Store store) {
    MessageDigest digest = Sha256.begin();
    text(digest, store.describe(""));
    for (Entry entry : isSharded() ? shards : images) {
      text(digest, entry.key());
      text(digest, entry.bytes() + " " + entry.version());
    }
    return Sha256.hex(digest);
  }

  private static void text(MessageDigest digest, String text) {
    byte[] bytes = utf8(text);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  /** An index made of this listing, now or before, with the versions that this one names. */
  SampleIndex versioned(SampleIndex index) {
    return index.versioned(isSharded() ? shards : images);
  }

  /** The index; that of shards takes reading their headers. */
  CompletionStage<SampleIndex> index(Store store, IndexProgress progress, ActorSystem<?> system) {
    if (isSharded()) {
      return ShardReader.index(store, shards, others, progress, system);
    }
    SampleIndex.Builder index = SampleIndex.Builder.ofImages().ignored(others);
    images.forEach(image -> index.image(utf8(image.key()), image.bytes()));
    return CompletableFuture.completedStage(index.build());
  }
}
