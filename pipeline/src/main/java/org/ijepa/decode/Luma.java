package org.ijepa.decode;

/** The brightness of a colour as ITU-R BT.601 has it, and as Pillow makes grey of colours. */
public final class Luma {
  private static final int RED = 19_595;
  private static final int GREEN = 38_470;
  private static final int BLUE = 7_471;
  private static final int BITS = 16;
  private static final int HALF = 1 << (BITS - 1);

  private Luma() {}

  /** Luma of red, green and blue, all from 0 to 255; of a grey that grey. */
  public static int of(int red, int green, int blue) {
    return (red * RED + green * GREEN + blue * BLUE + HALF) >> BITS;
  }
}
