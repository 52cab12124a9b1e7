package org.ijepa.order;

import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * A keyed permutation of 0 ... size - 1, evaluated at any position in the same time and without a
 * list.
 *
 * <p>A position is written as two digits in base a = ceil(sqrt(size)); a Feistel network over the
 * digits, with addition modulo a (Black and Rogaway, "Ciphers with Arbitrary Finite Domains",
 * CT-RSA 2002), permutes 0 ... a^2 - 1, and results of size or more are permuted again. As a^2
 * exceeds size by less than 2 sqrt(size), that second turn is rare.
 */
public final class Permutation {
  /** Enough for a fair choice at a handful of samples; eight would do for millions. */
  private static final int ROUNDS = 12;

  private static final long MAX_SIZE = 1L << 60;

  private final long size;
  private final long base;
  private final long[] roundKeys = new long[ROUNDS];

  /**
   * The permutation of {@code size} numbers that belongs to {@code key}.
   *
   * @throws IllegalArgumentException if {@code size} is not in 1 ... 2^60
   */
  public Permutation(RandomKey key, long size) {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "cannot permute " + size + " samples: there must be 1 to 2^60 of them");
    }
    this.size = size;
    this.base = ceilingOfRoot(size);
    KeyedRandom random = key.stream();
    for (int round = 0; round < ROUNDS; round++) {
      roundKeys[round] = random.nextLong();
    }
  }

  /** How many numbers are permuted. */
  public long size() {
    return size;
  }

  /**
   * The number at {@code position}.
   *
   * @throws IndexOutOfBoundsException if {@code position} is not in 0 ... size - 1
   */
  public long at(long position) {
    if (position < 0 || position >= size) {
      throw new IndexOutOfBoundsException(
          "position " + position + " is outside a permutation of " + size);
    }
    long value = position;
    do {
      value = turn(value);
    } while (value >= size);
    return value;
  }

  private long turn(long value) {
    long left = value / base;
    long right = value - left * base;
    for (long roundKey : roundKeys) {
      long sum = left + below(base, right ^ roundKey);
      left = right;
      right = sum >= base ? sum - base : sum;
    }
    return left * base + right;
  }

  /** Hashes {@code bits} to 0 ... bound - 1 for a bound up to 2^31. */
  private static long below(long bound, long bits) {
    // The finalizer of SplitMix64 with Stafford's 13th choice of constants.
    long hash = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
    hash ^= hash >>> 31;
    return ((hash >>> 32) * bound) >>> 32;
  }

  private static long ceilingOfRoot(long size) {
    long root = (long) StrictMath.sqrt((double) size);
    while (root * root < size) {
      root++;
    }
    while ((root - 1) * (root - 1) >= size) {
      root--;
    }
    return root;
  }
}
