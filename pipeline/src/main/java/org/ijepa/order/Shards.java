package org.ijepa.order;

import java.util.List;

/**
 * How a data set's samples stand in shards, and how far they are mixed.
 *
 * @param samples of each shard, at least 1, in the order of the index; empty where each sample
 *     stands by itself
 * @param window how many samples that follow one another in a stream are shuffled among themselves,
 *     after the shards were
 */
public record Shards(List<Long> samples, int window) {
  /** Each sample stands by itself: all of them are shuffled, and no window is needed. */
  public static final Shards NONE = new Shards(List.of(), 1);

  /** Checks and copies. */
  public Shards {
    samples = List.copyOf(samples);
    if (window < 1) {
      throw new IllegalArgumentException("order.window = " + window + ": at least 1 is needed");
    }
    for (long count : samples) {
      if (count < 1) {
        throw new IllegalArgumentException("a shard with " + count + " samples is none");
      }
    }
  }

  /** Whether samples stand by themselves. */
  public boolean isEmpty() {
    return samples.isEmpty();
  }

  /** In brief, for messages: there may be thousands. */
  @Override
  public String toString() {
    return isEmpty() ? "none" : samples.size() + " with a window of " + window;
  }
}
