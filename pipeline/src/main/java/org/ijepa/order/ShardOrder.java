package org.ijepa.order;

import org.ijepa.random.RandomKey;

/**
 * The sequence of an epoch whose samples stand in shards: the shards in a keyed permutation, one
 * after another. A stream owns a range of it, cut through a shard where need be; within windows of
 * that range, counted from its beginning, samples are permuted once more.
 *
 * <p>Any place is found by a search among the shards: memory and preparation are those of the
 * shards, not of the samples.
 */
final class ShardOrder {
  /** The first sample of each shard, by its number. */
  private final long[] firsts;

  private final int window;
  private final RandomKey shardKey;
  private final RandomKey windowKey;

  ShardOrder(long seed, int source, Shards shards) {
    firsts = new long[shards.samples().size() + 1];
    for (int i = 0; i < shards.samples().size(); i++) {
      firsts[i + 1] = firsts[i] + shards.samples().get(i);
    }
    window = shards.window();
    shardKey = Place.sourceKey(RandomKey.of(seed, "shards"), source);
    windowKey = Place.sourceKey(RandomKey.of(seed, "window"), source);
  }

  /** How many samples the shards have together. */
  long samples() {
    return firsts[firsts.length - 1];
  }

  SourceOrder.Sequence epoch(long number) {
    return new Epoch(number);
  }

  /** The sequence of one epoch. */
  private final class Epoch implements SourceOrder.Sequence {
    private final RandomKey key;

    /** The shards in turn. */
    private final int[] shards;

    /** Where each of them begins in the sequence. */
    private final long[] begins;

    private Epoch(long number) {
      key = windowKey.with(number);
      Permutation permutation = new Permutation(shardKey.with(number), firsts.length - 1);
      shards = new int[firsts.length - 1];
      begins = new long[shards.length];
      long next = 0;
      for (int turn = 0; turn < shards.length; turn++) {
        shards[turn] = (int) permutation.at(turn);
        begins[turn] = next;
        next += firsts[shards[turn] + 1] - firsts[shards[turn]];
      }
    }

    @Override
    public long sample(long position, long from, long to) {
      long begin = position - (position - from) % window;
      long size = Math.min(window, to - begin);
      long mixed = begin + new Permutation(key.with(begin), size).at(position - begin);
      int turn = turn(mixed);
      return firsts[shards[turn]] + mixed - begins[turn];
    }

    /** The last shard that begins there or before. */
    private int turn(long position) {
      int low = 0;
      int high = begins.length - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (begins[middle] <= position) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }
  }
}
