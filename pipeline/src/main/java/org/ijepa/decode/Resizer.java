package org.ijepa.decode;

import java.nio.ByteBuffer;
import org.ijepa.crop.Crop;

/**
 * Crops and resizes an image of three interleaved channels: rows first, then columns, with bytes in
 * between. One instance a thread: it keeps its scratch memory.
 */
final class Resizer {
  private static final int CHANNELS = 3;
  private static final int HALF = 1 << (Weights.PRECISION - 1);

  private byte[] row = new byte[0];
  private byte[] between = new byte[0];
  private byte[] line = new byte[0];
  private int[] sums = new int[0];

  /**
   * Resizes.
   *
   * @param pixels BGR rows of the whole image
   * @param width pixels of a row
   * @param height rows
   * @param rowBytes bytes from row to row
   * @param target takes side x side RGB pixels from its position on
   */
  void resize(
      ByteBuffer pixels,
      int width,
      int height,
      int rowBytes,
      Crop crop,
      int side,
      ByteBuffer target) {
    Weights across = Weights.of(width, crop.left(), crop.width(), side);
    Weights down = Weights.of(height, crop.top(), crop.height(), side);
    int lineBytes = side * CHANNELS;
    int left = across.begin() * CHANNELS;
    int inputBytes = across.end() * CHANNELS - left;
    int top = down.begin();
    row = grown(row, inputBytes);
    between = grown(between, (down.end() - top) * lineBytes);
    line = grown(line, lineBytes);
    if (sums.length < lineBytes) {
      sums = new int[lineBytes];
    }
    for (int y = top; y < down.end(); y++) {
      pixels.get(y * rowBytes + left, row, 0, inputBytes);
      across(across, row, between, (y - top) * lineBytes);
    }
    int at = target.position();
    for (int y = 0; y < side; y++) {
      down(down, y, top, lineBytes);
      target.put(at + y * lineBytes, line, 0, lineBytes);
    }
  }

  private static byte[] grown(byte[] array, int length) {
    return array.length >= length ? array : new byte[length];
  }

  /** One row, from BGR to RGB. */
  private static void across(Weights weights, byte[] row, byte[] out, int at) {
    int[] values = weights.values();
    for (int x = 0; x < weights.outputs(); x++) {
      int weight = weights.offset(x);
      int count = weights.count(x);
      int in = (weights.first(x) - weights.begin()) * CHANNELS;
      int blue = HALF;
      int green = HALF;
      int red = HALF;
      for (int i = 0; i < count; i++, in += CHANNELS) {
        int w = values[weight + i];
        blue += (row[in] & 0xFF) * w;
        green += (row[in + 1] & 0xFF) * w;
        red += (row[in + 2] & 0xFF) * w;
      }
      out[at++] = clip(red);
      out[at++] = clip(green);
      out[at++] = clip(blue);
    }
  }

  private void down(Weights weights, int y, int top, int lineBytes) {
    int[] values = weights.values();
    int weight = weights.offset(y);
    int from = (weights.first(y) - top) * lineBytes;
    int w0 = values[weight];
    for (int i = 0; i < lineBytes; i++) {
      sums[i] = HALF + (between[from + i] & 0xFF) * w0;
    }
    for (int k = 1; k < weights.count(y); k++) {
      int start = from + k * lineBytes;
      int w = values[weight + k];
      for (int i = 0; i < lineBytes; i++) {
        sums[i] += (between[start + i] & 0xFF) * w;
      }
    }
    for (int i = 0; i < lineBytes; i++) {
      line[i] = clip(sums[i]);
    }
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> Weights.PRECISION));
  }
}
