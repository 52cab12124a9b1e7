package org.ijepa.random;

import java.nio.charset.StandardCharsets;

/**
 * A 128-bit key that stands for a tuple (seed, purpose, part, part, ...).
 *
 * <p>Each part is hashed in, one after another, by the Davies-Meyer construction over {@link
 * Philox}: keys of different tuples are unrelated, also where their sums agree, as (1, 2) and (2,
 * 1) or (3, 0) do.
 *
 * @param high first half of the key
 * @param low second half of the key
 */
public record RandomKey(long high, long low) {
  /** The root of all chains: the first digits of the fraction of pi. */
  private static final RandomKey ROOT = new RandomKey(0x243F6A8885A308D3L, 0x13198A2E03707344L);

  /**
   * The key of a seed for one purpose, such as {@code "mask"}; what is drawn for one purpose is
   * independent of what is drawn for any other.
   */
  public static RandomKey of(long seed, String purpose) {
    byte[] name = purpose.getBytes(StandardCharsets.UTF_8);
    RandomKey key = ROOT.with(seed).with(name.length);
    for (int start = 0; start < name.length; start += Long.BYTES) {
      long part = 0;
      for (int i = start; i < Math.min(name.length, start + Long.BYTES); i++) {
        part = part << Byte.SIZE | (name[i] & 0xFF);
      }
      key = key.with(part);
    }
    return key;
  }

  /** The key of this tuple with {@code part} appended. */
  public RandomKey with(long part) {
    int[] block = {(int) low, (int) (low >>> 32), (int) high, (int) (high >>> 32)};
    Philox.encrypt(block, (int) part, (int) (part >>> 32));
    return new RandomKey(high ^ join(block[3], block[2]), low ^ join(block[1], block[0]));
  }

  /** A new generator at the beginning of this key's stream; equal keys give equal streams. */
  public KeyedRandom stream() {
    return new KeyedRandom(this);
  }

  private static long join(int upper, int lower) {
    return (long) upper << 32 | (lower & 0xFFFFFFFFL);
  }
}
