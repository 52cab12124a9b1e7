package org.ijepa.source;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;

/**
 * Which images a source has, and where each stands: sorted by the UTF-8 bytes of the path below the
 * source, so that a sample's number depends on the names alone and not on who lists them.
 * Immutable.
 */
public final class SampleIndex {
  private static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff");

  private final KeyTable keys;
  private final SizeTable sizes;
  private final long ignored;
  private final String fingerprint;

  SampleIndex(KeyTable keys, SizeTable sizes, long ignored) {
    this.keys = keys;
    this.sizes = sizes;
    this.ignored = ignored;
    this.fingerprint = digest(keys, sizes);
  }

  /**
   * Lists a source, and again from the start if a listing fails for a transient reason.
   *
   * @return the index; it fails with {@link SourceException} if there is no image, and with {@link
   *     org.ijepa.store.StoreException} if the source cannot be listed
   */
  public static CompletionStage<SampleIndex> of(Store store, ActorSystem<?> system) {
    return store
        .retrying(
            () ->
                store
                    .list("")
                    .runWith(
                        Sink.fold(new Listing(), (listing, entry) -> listing.add(entry)), system))
        .thenApply(listing -> listing.toIndex(store.describe("")));
  }

  /** Number of images. */
  public long size() {
    return keys.count();
  }

  /** Path of a sample below the source, with {@code /} between folders. */
  public String key(long sample) {
    return keys.key(sample);
  }

  byte[] utf8(long sample) {
    return keys.utf8(sample);
  }

  /** Size of a sample's file in bytes. */
  public long bytes(long sample) {
    return sizes.get(sample);
  }

  /** Files below the source that are not named as images. */
  public long ignored() {
    return ignored;
  }

  /**
   * SHA-256 in hexadecimal over all keys and sizes: two sources with one fingerprint give the same
   * run.
   */
  public String fingerprint() {
    return fingerprint;
  }

  private static String digest(KeyTable keys, SizeTable sizes) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    ByteBuffer numbers = ByteBuffer.allocate(12);
    for (long i = 0; i < keys.count(); i++) {
      byte[] key = keys.utf8(i);
      digest.update(numbers.clear().putInt(key.length).putLong(sizes.get(i)).flip());
      digest.update(key);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static boolean isImage(String key) {
    int dot = key.lastIndexOf('.');
    return dot > key.lastIndexOf('/')
        && EXTENSIONS.contains(key.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /**
   * Entries as they come, in any order. One run of a stream writes it, one element after another.
   */
  private static final class Listing {
    private static final class Sample {
      private final byte[] key;
      private final long bytes;

      Sample(byte[] key, long bytes) {
        this.key = key;
        this.bytes = bytes;
      }
    }

    private final List<Sample> samples = new ArrayList<>();
    private long ignored;

    Listing add(Entry entry) {
      if (isImage(entry.key())) {
        byte[] key = entry.key().getBytes(StandardCharsets.UTF_8);
        samples.add(new Sample(key, entry.bytes()));
      } else {
        ignored++;
      }
      return this;
    }

    SampleIndex toIndex(String source) {
      if (samples.isEmpty()) {
        throw ignored == 0
            ? new SourceException(
                SourceException.Kind.EMPTY,
                source + ": nothing there; check data.uri, or upload images first")
            : new SourceException(
                SourceException.Kind.NO_IMAGES,
                "%s: none of its %d files ends in .jpg, .png, .webp, .bmp, .gif or .tif; check data.uri"
                    .formatted(source, ignored));
      }
      samples.sort((a, b) -> Arrays.compareUnsigned(a.key, b.key));
      KeyTable.Builder keys = new KeyTable.Builder();
      SizeTable.Builder sizes = new SizeTable.Builder();
      for (Sample sample : samples) {
        keys.add(sample.key);
        sizes.add(sample.bytes);
      }
      return new SampleIndex(keys.build(), sizes.build(), ignored);
    }
  }
}
