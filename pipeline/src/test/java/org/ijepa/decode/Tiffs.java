package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** Plain TIFF files of any number of samples a pixel, which few programs write. */
final class Tiffs {
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int HEADER = 8;
  private static final int ENTRY = 12;

  private final ByteBuffer file;

  private Tiffs(int bytes) {
    file = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A file in one strip.
   *
   * @param samples of a pixel, side by side
   * @param bits of a sample
   * @param format 1 whole numbers, 3 floating point
   * @param data the samples of all pixels, the lower byte first
   */
  static byte[] of(int width, int height, int samples, int bits, int format, byte[] data) {
    int[][] entries = {
      {256, LONG, 1, width},
      {257, LONG, 1, height},
      {258, SHORT, samples, bits},
      {259, SHORT, 1, 1},
      {262, SHORT, 1, 1},
      {273, LONG, 1, 0},
      {277, SHORT, 1, samples},
      {278, LONG, 1, height},
      {279, LONG, 1, data.length},
      {284, SHORT, 1, 1},
      {338, SHORT, samples - 1, 0},
      {339, SHORT, samples, format}
    };
    int lists = HEADER + 2 + ENTRY * entries.length + 4;
    int begin = lists + 3 * 2 * samples;
    Tiffs tiff = new Tiffs(begin + data.length);
    tiff.file.putShort((short) 0x4949).putShort((short) 42).putInt(HEADER);
    tiff.file.putShort((short) entries.length);
    for (int[] entry : entries) {
      lists = tiff.entry(entry, entry[0] == 273 ? begin : entry[3], lists);
    }
    tiff.file.putInt(0).put(begin, data);
    return tiff.file.array();
  }

  /**
   * The same file with another value of a field that it has.
   *
   * @param value of two bytes
   */
  static byte[] with(byte[] file, int tag, int value) {
    ByteBuffer tiff = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < tiff.getShort(HEADER); i++) {
      int at = HEADER + 2 + ENTRY * i;
      if ((tiff.getShort(at) & 0xffff) == tag) {
        tiff.putShort(at + 8, (short) value);
      }
    }
    return tiff.array();
  }

  /** Writes an entry all of whose values are the same; lists of them stand elsewhere. */
  private int entry(int[] entry, int value, int lists) {
    int count = entry[2];
    file.putShort((short) entry[0]).putShort((short) entry[1]).putInt(count);
    if (entry[1] == LONG || count <= 2) {
      int both = entry[1] == SHORT ? value | (count == 2 ? value << 16 : 0) : value;
      file.putInt(both);
      return lists;
    }
    file.putInt(lists);
    IntStream.range(0, count).forEach(i -> file.putShort(lists + 2 * i, (short) value));
    return lists + 2 * count;
  }
}
