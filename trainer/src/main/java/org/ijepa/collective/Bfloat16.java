package org.ijepa.collective;

/**
 * Float32 rounded to its upper half: a sign, 8 bits of exponent and 7 of mantissa. As the engine
 * and GPUs do: to the nearest, of two that are as near to the even one; what is too large becomes
 * infinite, and what is no number stays none.
 */
final class Bfloat16 {
  private static final int INFINITE = 0x7F800000;
  private static final int NOT_A_NUMBER = 0x7FC00000;

  private Bfloat16() {}

  /**
   * Rounds a float32, both as bits: the upper half is the result, the lower one anything. Without a
   * branch, so that loops of it become vector instructions.
   */
  static int upper(int bits) {
    int rounded = bits + 0x7FFF + ((bits >>> 16) & 1);
    int isNone = (INFINITE - (bits & 0x7FFFFFFF)) >> 31;
    return (rounded & ~isNone) | (NOT_A_NUMBER & isNone);
  }

  static short bits(float value) {
    return (short) (upper(Float.floatToRawIntBits(value)) >>> 16);
  }

  static float value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  static float round(float value) {
    return value(bits(value));
  }

  /** Rounds the first {@code count}. */
  static void round(float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = round(values[i]);
    }
  }
}
