package org.ijepa.decode;

import java.nio.ByteBuffer;

/**
 * A decoded image in memory.
 *
 * @param bytes whose address 0 is the upper left pixel
 * @param layout order and number of bytes of a pixel
 * @param width in pixels
 * @param height in pixels
 * @param stride bytes from a row to the next
 */
record ImagePixels(ByteBuffer bytes, PixelLayout layout, int width, int height, long stride) {
  /**
   * Copies {@code count} pixels of row {@code y} from column {@code left} to the start of {@code
   * to}.
   */
  void copyRow(int y, int left, int count, byte[] to) {
    long from = stride * y + (long) layout.bytes() * left;
    bytes.get(Math.toIntExact(from), to, 0, layout.bytes() * count);
  }
}
