package org.ijepa.order;

import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * A keyed permutation of [0, size) evaluated at any position without a list: a Feistel network over
 * the next even number of bits, walked until the value falls below {@code size} (fewer than four
 * steps on average).
 */
public final class Permutation {
  private static final int ROUNDS = 8;

  private final long size;
  private final int halfBits;
  private final long halfMask;
  private final long[] keys = new long[ROUNDS];

  /** The permutation of [0, size) that belongs to {@code key}. */
  public Permutation(RandomKey key, long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("a permutation of " + size + " elements");
    }
    this.size = size;
    int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
    halfBits = (bits + 1) / 2;
    halfMask = (1L << halfBits) - 1;
    KeyedRandom random = key.stream();
    for (int i = 0; i < ROUNDS; i++) {
      keys[i] = random.nextLong();
    }
  }

  /** The element at a position of [0, size). */
  public long at(long position) {
    if (position < 0 || position >= size) {
      throw new IndexOutOfBoundsException("position " + position + " of " + size);
    }
    long value = position;
    do {
      value = network(value);
    } while (value >= size);
    return value;
  }

  private long network(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (long key : keys) {
      long next = left ^ (scramble(right, key) & halfMask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  private static long scramble(long value, long key) {
    long z = (value + 1) * 0x9E3779B97F4A7C15L ^ key;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    return z ^ (z >>> 32);
  }
}
