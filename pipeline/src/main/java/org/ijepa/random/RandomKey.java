package org.ijepa.random;

import java.nio.charset.StandardCharsets;

/**
 * A key of 128 bits, made of a seed, a purpose and numbers by a hash chain, never by a sum: tuples
 * that differ anywhere give unrelated keys.
 *
 * @param high first half
 * @param low second half
 */
public record RandomKey(long high, long low) {

  /** The key of a seed for one purpose, e.g. {@code "mask"}. */
  public static RandomKey of(long seed, String purpose) {
    RandomKey key = new RandomKey(0x6A09E667F3BCC908L, 0xBB67AE8584CAA73BL).with(seed);
    byte[] name = purpose.getBytes(StandardCharsets.UTF_8);
    for (byte part : name) {
      key = key.with(part);
    }
    return key.with(name.length);
  }

  /** The key of this tuple with one more number. */
  public RandomKey with(long part) {
    long a = mix(high ^ mix(part + 0x9E3779B97F4A7C15L));
    long b = mix(low + Long.rotateLeft(a, 29) + 0xD1B54A32D192ED03L * part);
    return new RandomKey(mix(a + Long.rotateLeft(b, 17)), b);
  }

  /** The numbers of this key, from the first on. */
  public KeyedRandom stream() {
    return new KeyedRandom(this);
  }

  /** A bijection of 64 bits in which each input bit reaches each output bit (Stafford's mix 13). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
