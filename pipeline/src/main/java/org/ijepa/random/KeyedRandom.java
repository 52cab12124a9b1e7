package org.ijepa.random;

/**
 * The stream of random numbers that belongs to a {@link RandomKey}: Philox 4x32-10 on a counter.
 *
 * <p>One half of the key is the cipher's key, the other the upper half of its counter, so that no
 * two keys ever encrypt the same counter under the same cipher key. Not safe for use by several
 * threads at once; make one per use, it is cheap.
 */
public final class KeyedRandom {
  private static final int WORDS = 4;
  private static final double DOUBLE_UNIT = 0x1.0p-53;

  private final int key0;
  private final int key1;
  private final int counter2;
  private final int counter3;
  private final int[] block = new int[WORDS];
  private long counter;
  private int used = WORDS;

  KeyedRandom(RandomKey key) {
    this.key0 = (int) key.high();
    this.key1 = (int) (key.high() >>> 32);
    this.counter2 = (int) key.low();
    this.counter3 = (int) (key.low() >>> 32);
  }

  /** 32 random bits. */
  public int nextInt() {
    if (used == WORDS) {
      block[0] = (int) counter;
      block[1] = (int) (counter >>> 32);
      block[2] = counter2;
      block[3] = counter3;
      Philox.encrypt(block, key0, key1);
      counter++;
      used = 0;
    }
    return block[used++];
  }

  /** 64 random bits. */
  public long nextLong() {
    long upper = nextInt();
    return upper << 32 | (nextInt() & 0xFFFFFFFFL);
  }

  /**
   * A whole number, each of 0 ... {@code bound} - 1 exactly as likely as any other.
   *
   * @throws IllegalArgumentException if {@code bound} is not positive
   */
  public int nextInt(int bound) {
    requirePositive(bound);
    // Multiply and shift; the few low products that would favour some results are drawn again
    // (Lemire, "Fast Random Integer Generation in an Interval", 2019).
    long product = (nextInt() & 0xFFFFFFFFL) * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long surplus = (1L << 32) % bound;
      while ((product & 0xFFFFFFFFL) < surplus) {
        product = (nextInt() & 0xFFFFFFFFL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * A whole number, each of 0 ... {@code bound} - 1 exactly as likely as any other.
   *
   * @throws IllegalArgumentException if {@code bound} is not positive
   */
  public long nextLong(long bound) {
    requirePositive(bound);
    long bits = nextLong() >>> 1;
    long value = bits % bound;
    // Overflows where `bits` lies in the last, incomplete run of `bound` numbers.
    while (bits - value + (bound - 1) < 0) {
      bits = nextLong() >>> 1;
      value = bits % bound;
    }
    return value;
  }

  /** A multiple of 2^-53 in [0, 1). */
  public double nextDouble() {
    return (nextLong() >>> 11) * DOUBLE_UNIT;
  }

  /** A normally distributed number, mean 0 and deviation 1, the same on every machine. */
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * StrictMath.PI * nextDouble());
  }

  private static void requirePositive(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound " + bound + " must be positive");
    }
  }
}
