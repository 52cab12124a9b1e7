package org.ijepa.random;

/**
 * Numbers of one key: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011), whose n-th number is a function of key and n alone. Not for several threads.
 */
public final class KeyedRandom {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final double UNIT = 0x1.0p-53;

  private final RandomKey key;
  private long block;
  private long spare;
  private boolean hasSpare;

  KeyedRandom(RandomKey key) {
    this.key = key;
  }

  /** 64 random bits. */
  public long nextLong() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    int[] c = {(int) block, (int) (block >>> 32), (int) key.low(), (int) (key.low() >>> 32)};
    philox(c, (int) key.high(), (int) (key.high() >>> 32));
    block++;
    spare = join(c[2], c[3]);
    hasSpare = true;
    return join(c[0], c[1]);
  }

  /** Turns the counter of four words into four random words, in place. */
  static void philox(int[] counter, int key0, int key1) {
    int c0 = counter[0];
    int c1 = counter[1];
    int c2 = counter[2];
    int c3 = counter[3];
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & 0xFFFFFFFFL);
      long p1 = MULTIPLIER_1 * (c2 & 0xFFFFFFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ key0;
      c2 = (int) (p0 >>> 32) ^ c3 ^ key1;
      c1 = (int) p1;
      c3 = (int) p0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    counter[0] = c0;
    counter[1] = c1;
    counter[2] = c2;
    counter[3] = c3;
  }

  private static long join(int low, int high) {
    return (low & 0xFFFFFFFFL) | ((long) high << 32);
  }

  /** A whole number in [0, bound), each equally likely. */
  public long nextLong(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound " + bound);
    }
    // Rejection of the incomplete last interval keeps it unbiased.
    long limit = Long.MAX_VALUE - (Long.MAX_VALUE % bound + 1) % bound;
    long bits = nextLong() >>> 1;
    while (bits > limit) {
      bits = nextLong() >>> 1;
    }
    return bits % bound;
  }

  /** A whole number in [0, bound), each equally likely. */
  public int nextInt(int bound) {
    return (int) nextLong(bound);
  }

  /** A number in [0, 1) with 53 random bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * UNIT;
  }

  /**
   * A number of the standard normal distribution (Box-Muller; the second of a pair is not kept).
   */
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }
}
