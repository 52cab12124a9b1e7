package org.ijepa.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which shard a sample stands in, where in it, and its label. Samples of a shard follow one another
 * by offset; shards stand by the bytes of their keys.
 */
final class ShardTable {
  private final List<String> keys;
  private final long[] bytes;

  /** The first sample of each shard, and last the number of samples. */
  private final long[] firsts;

  private final SizeTable blocks;
  private final List<String> labels;
  private final SizeTable labelOf;

  private ShardTable(
      List<String> keys,
      long[] bytes,
      long[] firsts,
      SizeTable blocks,
      List<String> labels,
      SizeTable labelOf) {
    this.keys = keys;
    this.bytes = bytes;
    this.firsts = firsts;
    this.blocks = blocks;
    this.labels = labels;
    this.labelOf = labelOf;
  }

  int count() {
    return keys.size();
  }

  String key(int shard) {
    return keys.get(shard);
  }

  /** Size of a shard's file. */
  long bytes(int shard) {
    return bytes[shard];
  }

  /** How many samples a shard has. */
  long samples(int shard) {
    return firsts[shard + 1] - firsts[shard];
  }

  /** Number of a shard's first sample. */
  long first(int shard) {
    return firsts[shard];
  }

  int shardOf(long sample) {
    int low = 0;
    int high = keys.size() - 1;
    // The last shard that begins at the sample or before: one without samples is passed over.
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (firsts[middle] <= sample) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Where a sample's bytes begin in its shard. */
  long offset(long sample) {
    return blocks.get(sample) * TarWalk.BLOCK;
  }

  /** A sample's label; empty if it has none. */
  String label(long sample) {
    return labels.get((int) labelOf.get(sample));
  }

  /** Takes shards in order, and the samples of each. */
  static final class Builder {
    private final List<String> keys = new ArrayList<>();
    private final List<Long> bytes = new ArrayList<>();
    private final List<Long> firsts = new ArrayList<>();
    private final SizeTable.Builder blocks = new SizeTable.Builder();
    private final Map<String, Integer> labels = new LinkedHashMap<>();
    private final SizeTable.Builder labelOf = new SizeTable.Builder();
    private long samples;

    void shard(String key, long itsBytes) {
      keys.add(key);
      bytes.add(itsBytes);
      firsts.add(samples);
    }

    void sample(long offset, String label) {
      blocks.add(offset / TarWalk.BLOCK);
      labelOf.add(labels.computeIfAbsent(label, text -> labels.size()));
      samples++;
    }

    ShardTable build() {
      firsts.add(samples);
      return new ShardTable(
          List.copyOf(keys),
          bytes.stream().mapToLong(Long::longValue).toArray(),
          firsts.stream().mapToLong(Long::longValue).toArray(),
          blocks.build(),
          List.copyOf(labels.keySet()),
          labelOf.build());
    }
  }
}
