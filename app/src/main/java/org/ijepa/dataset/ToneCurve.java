package org.ijepa.dataset;

/** Linear light to bytes by the curve of sRGB (IEC 61966-2-1), from a table. */
final class ToneCurve {
  private static final int STEPS = 8192;

  private final byte[] table = new byte[STEPS + 1];

  ToneCurve() {
    for (int i = 0; i <= STEPS; i++) {
      double linear = (double) i / STEPS;
      double coded =
          linear <= 0.0031308 ? 12.92 * linear : 1.055 * StrictMath.pow(linear, 1 / 2.4) - 0.055;
      table[i] = (byte) Math.round(255 * coded);
    }
  }

  /** The byte of a light intensity; 1 and more is white. */
  byte encode(double linear) {
    return table[(int) Math.round(STEPS * Math.min(1, Math.max(0, linear)))];
  }
}
