package org.ijepa.collective;

/**
 * Float32 rounded to its upper half: a sign, 8 bits of exponent and 7 of mantissa. As the engine
 * and GPUs do: to the nearest, of two that are as near to the even one; what is too large becomes
 * infinite, and what is no number stays none.
 */
final class Bfloat16 {
  private static final short NOT_A_NUMBER = 0x7FC0;

  private Bfloat16() {}

  static short bits(float value) {
    int bits = Float.floatToRawIntBits(value);
    int rounded = bits + 0x7FFF + ((bits >>> 16) & 1);
    return Float.isNaN(value) ? NOT_A_NUMBER : (short) (rounded >>> 16);
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
