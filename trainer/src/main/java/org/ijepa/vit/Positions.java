package org.ijepa.vit;

/** The fixed 2-D sine-cosine position embedding. */
public final class Positions {
  private Positions() {}

  /**
   * The table for a square grid, computed in double: of a patch's {@code width} numbers the first
   * half codes its column, the second its row; each half has the sines first, then the cosines, of
   * the coordinate times 10000^(-2i / (width / 2)).
   *
   * @param width numbers per patch, a multiple of 4
   * @param side patches along a side
   * @return side x side x width numbers, patches in reading order
   */
  public static float[] table(int width, int side) {
    int quarter = width / 4;
    float[] table = new float[Math.multiplyExact(side * side, width)];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int at = (row * side + column) * width;
        for (int i = 0; i < quarter; i++) {
          double frequency = 1.0 / StrictMath.pow(10000.0, (double) i / quarter);
          table[at + i] = (float) StrictMath.sin(column * frequency);
          table[at + quarter + i] = (float) StrictMath.cos(column * frequency);
          table[at + 2 * quarter + i] = (float) StrictMath.sin(row * frequency);
          table[at + 3 * quarter + i] = (float) StrictMath.cos(row * frequency);
        }
      }
    }
    return table;
  }
}
