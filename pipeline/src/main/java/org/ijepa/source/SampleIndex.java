package org.ijepa.source;

import akka.actor.typed.ActorSystem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.ijepa.digest.Sha256;
import org.ijepa.order.Permutation;
import org.ijepa.random.RandomKey;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;
import org.ijepa.store.Version;

/**
 * Which images a source has, and where each stands. A sample's number depends on names and contents
 * alone and not on who lists them: images are sorted by the UTF-8 bytes of the path below the
 * source; in WebDataset shards, shards are, and samples follow one another as in their shard.
 * Immutable.
 */
public final class SampleIndex {
  private final KeyTable keys;
  private final SizeTable sizes;
  private final long ignored;
  private final Optional<ShardTable> shards;
  private final List<String> problems;
  private final String fingerprint;

  /** Hashes of the versions of images, or of shards; empty where nobody knows them. */
  private final Optional<SizeTable> versions;

  private SampleIndex(Builder builder) {
    keys = builder.keys.build();
    sizes = builder.sizes.build();
    ignored = builder.ignored;
    shards = builder.shards.map(ShardTable.Builder::build);
    problems = List.copyOf(builder.problems);
    fingerprint = digest();
    versions = Optional.empty();
  }

  private SampleIndex(SampleIndex index, SizeTable versions) {
    keys = index.keys;
    sizes = index.sizes;
    ignored = index.ignored;
    shards = index.shards;
    problems = index.problems;
    fingerprint = index.fingerprint;
    this.versions = Optional.of(versions);
  }

  /** The same, which knows the versions of its images, or of its shards, in their order. */
  SampleIndex versioned(List<Entry> objects) {
    SizeTable.Builder table = new SizeTable.Builder();
    for (Entry object : objects) {
      table.add(Integer.toUnsignedLong(Version.of(object.version()).hash()));
    }
    return new SampleIndex(this, table.build());
  }

  /** That of the image, or of the shard that the sample stands in. */
  Version version(long sample) {
    return versions
        .map(
            table ->
                new Version(
                    (int) table.get(shards.isPresent() ? shards.get().shardOf(sample) : sample)))
        .orElse(Version.ANY);
  }

  /**
   * Lists a source, and again from the start if a listing fails for a transient reason; reads the
   * headers of its shards if it has these instead of images.
   *
   * @return the index; it fails with {@link SourceException} if there is no image, and with {@link
   *     org.ijepa.store.StoreException} if the source cannot be listed
   */
  public static CompletionStage<SampleIndex> of(Store store, ActorSystem<?> system) {
    return Listing.of(store, SourceAddress.everything(""), IndexProgress.NONE, system)
        .thenCompose(listing -> listing.index(store, IndexProgress.NONE, system));
  }

  /** Number of images. */
  public long size() {
    return keys.count();
  }

  /** Path of a sample below the source, with {@code /} between folders and after its shard. */
  public String key(long sample) {
    return keys.key(sample);
  }

  byte[] utf8(long sample) {
    return keys.utf8(sample);
  }

  /** Path of a sample within its shard; without shards, below the source. */
  public String name(long sample) {
    String key = key(sample);
    return shards.map(table -> key.substring(shardKey(table, sample).length() + 1)).orElse(key);
  }

  private static String shardKey(ShardTable table, long sample) {
    return table.key(table.shardOf(sample));
  }

  /** Size of a sample's file in bytes. */
  public long bytes(long sample) {
    return sizes.get(sample);
  }

  /** A sample's label, where its shard has one. */
  public Optional<String> label(long sample) {
    return shards.map(table -> table.label(sample)).filter(label -> !label.isEmpty());
  }

  /** How many samples each shard has, those without any left out; empty without shards. */
  public List<Long> samplesOfShards() {
    return shards.stream()
        .flatMap(table -> IntStream.range(0, table.count()).mapToObj(table::samples))
        .filter(count -> count > 0)
        .toList();
  }

  /**
   * A part of this index: floor({@code fraction} x size) samples, at least one, chosen by {@code
   * key}, in their order. A larger fraction contains a smaller one.
   */
  public SampleIndex part(double fraction, RandomKey key) {
    long count = Math.max(1, (long) StrictMath.floor(fraction * size()));
    if (count >= size()) {
      return this;
    }
    Permutation permutation = new Permutation(key, size());
    Builder part = shards.isPresent() ? Builder.ofShards() : Builder.ofImages();
    part.ignored(ignored);
    problems.forEach(part::problem);
    SizeTable.Builder partVersions = new SizeTable.Builder();
    int shard = -1;
    for (long i = 0; i < size(); i++) {
      if (shards.isPresent()) {
        for (int its = shards.get().shardOf(i); shard < its; ) {
          shard++;
          part.shard(shards.get().key(shard), shards.get().bytes(shard));
        }
      }
      if (permutation.at(i) < count) {
        if (shards.isPresent()) {
          part.sample(utf8(i), shards.get().offset(i), bytes(i), shards.get().label(i));
        } else {
          part.image(utf8(i), bytes(i));
          partVersions.add(Integer.toUnsignedLong(version(i).hash()));
        }
      }
    }
    SampleIndex index = part.build();
    return versions
        .map(table -> new SampleIndex(index, shards.isPresent() ? table : partVersions.build()))
        .orElse(index);
  }

  Optional<ShardTable> shards() {
    return shards;
  }

  /** Files below the source that are not named as images, and members that are no sample. */
  public long ignored() {
    return ignored;
  }

  /** What could not be used of the shards and why, a line each. */
  public List<String> problems() {
    return problems;
  }

  /**
   * SHA-256 in hexadecimal over all keys, sizes and places: two sources with one fingerprint give
   * the same run.
   */
  public String fingerprint() {
    return fingerprint;
  }

  private String digest() {
    MessageDigest digest = Sha256.begin();
    ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES + 2 * Long.BYTES);
    for (int i = 0; i < shards.map(ShardTable::count).orElse(0); i++) {
      ShardTable table = shards.get();
      byte[] key = table.key(i).getBytes(StandardCharsets.UTF_8);
      numbers.clear().putInt(key.length).putLong(table.bytes(i)).putLong(table.samples(i));
      digest.update(numbers.flip());
      digest.update(key);
    }
    for (long i = 0; i < keys.count(); i++) {
      byte[] key = keys.utf8(i);
      numbers.clear().putInt(key.length).putLong(sizes.get(i));
      if (shards.isPresent()) {
        numbers.putLong(shards.get().offset(i));
      }
      digest.update(numbers.flip());
      digest.update(key);
    }
    return Sha256.hex(digest);
  }

  /** Takes samples in order. */
  static final class Builder {
    private final KeyTable.Builder keys;
    private final SizeTable.Builder sizes = new SizeTable.Builder();
    private final Optional<ShardTable.Builder> shards;
    private final List<String> problems = new ArrayList<>();
    private long ignored;

    private Builder(KeyTable.Builder keys, Optional<ShardTable.Builder> shards) {
      this.keys = keys;
      this.shards = shards;
    }

    /** For images, by ascending key. */
    static Builder ofImages() {
      return new Builder(new KeyTable.Builder(), Optional.empty());
    }

    /** For shards, each followed by its samples. */
    static Builder ofShards() {
      return new Builder(KeyTable.Builder.inAnyOrder(), Optional.of(new ShardTable.Builder()));
    }

    Builder image(byte[] key, long bytes) {
      keys.add(key);
      sizes.add(bytes);
      return this;
    }

    Builder shard(String key, long bytes) {
      shards.orElseThrow().shard(key, bytes);
      return this;
    }

    /** A sample of the last shard. */
    Builder sample(byte[] key, long offset, long bytes, String label) {
      shards.orElseThrow().sample(offset, label);
      return image(key, bytes);
    }

    Builder ignored(long files) {
      ignored += files;
      return this;
    }

    Builder problem(String line) {
      problems.add(line);
      return this;
    }

    SampleIndex build() {
      return new SampleIndex(this);
    }
  }
}
