package org.ijepa.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.ijepa.crop.Crop;

/**
 * Antialiased bilinear resize of a crop of 8-bit pixels to a square of RGB.
 *
 * <p>Along each axis an output sample is the mean of the input under a triangle as wide as two
 * steps of the coarser of the two grids; the horizontal pass comes first and its result is rounded
 * to 8 bits, as Pillow does it, so that results differ from Pillow's seldom, by one for each pass
 * whose sum lies half-way.
 *
 * <p>The three channels of a pixel are carried in one {@code long}, a lane of 21 bits each, so that
 * one multiplication serves all: weights have {@value #WEIGHT_BITS} bits and sum to exactly one, so
 * a lane holds at most 255 * 2^13 + 2^12 &lt; 2^21 and never spills into the next. The horizontal
 * pass runs just ahead of the vertical one over a ring of rows, which stays in the first-level
 * cache.
 *
 * <p>Not safe for use from several threads: an instance is its own scratch memory.
 */
final class BilinearResize {
  private static final int WEIGHT_BITS = 13;
  private static final int LANE = 21;
  private static final long LANES = 1L | (1L << LANE) | (1L << (2 * LANE));
  private static final long HALF = LANES << (WEIGHT_BITS - 1);
  private static final long BYTES = LANES * 0xff;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final Taps across = new Taps();
  private final Taps down = new Taps();
  private byte[] row = new byte[0];
  private long[] packed = new long[0];
  private long[] ring = new long[0];
  private long[] sums = new long[0];
  private byte[] output = new byte[0];

  /**
   * Resizes {@code crop} of {@code pixels} to {@code side * side} pixels of R, G, B.
   *
   * <p>At its border the triangle reaches over the edge of the crop into the image, as Pillow's
   * {@code box} has it; at the edge of the image it is cut and scaled up to one again.
   *
   * @param pixels the whole decoded image
   * @param crop in pixels of the image at its own size
   * @param reduction how many of those a decoded pixel stands for, along each side
   * @param target receives {@code side * side * 3} bytes at its position, which moves past them
   */
  void resize(ImagePixels pixels, Crop crop, int reduction, int side, ByteBuffer target) {
    PixelLayout layout = pixels.layout();
    double unit = reduction;
    across.prepare(pixels.width(), crop.left() / unit, crop.width() / unit, side);
    down.prepare(pixels.height(), crop.top() / unit, crop.height() / unit, side);
    int left = across.first(0);
    int width = across.end(side - 1) - left;
    int ringRows = down.largestCount();
    reserve(width, layout.bytes(), side, ringRows);
    int done = 0;
    for (int y = 0; y < side; y++) {
      int end = down.end(y);
      for (int source = Math.max(done, down.first(y)); source < end; source++) {
        pixels.copyRow(source, left, width, row);
        pack(width, layout.bytes());
        shrinkRow(side, left, source % ringRows * side);
      }
      done = end;
      mixRows(y, ringRows, side);
      emit(side, layout, target);
    }
  }

  private void reserve(int width, int bytes, int side, int ringRows) {
    // The last pixel is read as four bytes.
    if (row.length < width * bytes + 1) {
      row = new byte[width * bytes + 1];
    }
    // Padding taps read past the last pixel, with weight zero.
    if (packed.length < width + across.padded()) {
      packed = new long[width + across.padded()];
    }
    if (ring.length < ringRows * side) {
      ring = new long[ringRows * side];
    }
    if (sums.length < side) {
      sums = new long[side];
      output = new byte[side * 3 + 1];
    }
  }

  private void pack(int width, int bytes) {
    byte[] from = row;
    long[] to = packed;
    for (int x = 0, at = 0; x < width; x++, at += bytes) {
      long pixel = (int) INT.get(from, at);
      to[x] =
          (pixel & 0xff)
              | ((pixel & 0xff00) << (LANE - 8))
              | ((pixel & 0xff0000) << (2 * LANE - 16));
    }
  }

  /**
   * One output row of the horizontal pass. Taps are padded with zero weights to 4, 6 or a multiple
   * of 4, since straight code beats a loop of so few rounds by half.
   */
  private void shrinkRow(int side, int left, int to) {
    switch (across.padded()) {
      case 4 -> shrinkByFour(side, left, to);
      case 6 -> shrinkBySix(side, left, to);
      default -> shrinkByMany(side, left, to);
    }
  }

  private void shrinkByFour(int side, int left, int to) {
    long[] from = packed;
    long[] into = ring;
    int[] firsts = across.firsts;
    long[] weights = across.weights;
    for (int x = 0, w = 0; x < side; x++, w += 4) {
      int at = firsts[x] - left;
      long sum =
          HALF
              + from[at] * weights[w]
              + from[at + 1] * weights[w + 1]
              + from[at + 2] * weights[w + 2]
              + from[at + 3] * weights[w + 3];
      into[to + x] = (sum >>> WEIGHT_BITS) & BYTES;
    }
  }

  private void shrinkBySix(int side, int left, int to) {
    long[] from = packed;
    long[] into = ring;
    int[] firsts = across.firsts;
    long[] weights = across.weights;
    for (int x = 0, w = 0; x < side; x++, w += 6) {
      int at = firsts[x] - left;
      long sum =
          HALF
              + from[at] * weights[w]
              + from[at + 1] * weights[w + 1]
              + from[at + 2] * weights[w + 2]
              + from[at + 3] * weights[w + 3]
              + from[at + 4] * weights[w + 4]
              + from[at + 5] * weights[w + 5];
      into[to + x] = (sum >>> WEIGHT_BITS) & BYTES;
    }
  }

  private void shrinkByMany(int side, int left, int to) {
    long[] from = packed;
    long[] into = ring;
    int[] firsts = across.firsts;
    long[] weights = across.weights;
    int padded = across.padded();
    for (int x = 0, w = 0; x < side; x++) {
      int at = firsts[x] - left;
      long sum = HALF;
      for (int end = w + padded; w < end; w += 4, at += 4) {
        sum +=
            from[at] * weights[w]
                + from[at + 1] * weights[w + 1]
                + from[at + 2] * weights[w + 2]
                + from[at + 3] * weights[w + 3];
      }
      into[to + x] = (sum >>> WEIGHT_BITS) & BYTES;
    }
  }

  /** One output row of the vertical pass, two rows of the ring at a time. */
  private void mixRows(int y, int ringRows, int side) {
    long[] into = sums;
    long[] from = ring;
    Arrays.fill(into, 0, side, HALF);
    int start = y * down.padded();
    int first = down.first(y);
    // Padding has weight zero, and whatever row of the ring it meets is a row of bytes.
    for (int tap = 0; tap < down.count(y); tap += 2) {
      long weight = down.weights[start + tap];
      long nextWeight = down.weights[start + tap + 1];
      int at = (first + tap) % ringRows * side;
      int next = (first + tap + 1) % ringRows * side;
      for (int x = 0; x < side; x++) {
        into[x] += from[at + x] * weight + from[next + x] * nextWeight;
      }
    }
  }

  private void emit(int side, PixelLayout layout, ByteBuffer target) {
    int firstShift = WEIGHT_BITS + layout.redLane() * LANE;
    int lastShift = WEIGHT_BITS + layout.blueLane() * LANE;
    byte[] to = output;
    for (int x = 0, at = 0; x < side; x++, at += 3) {
      long sum = sums[x];
      int red = (int) (sum >>> firstShift) & 0xff;
      int green = (int) (sum >>> (WEIGHT_BITS + LANE)) & 0xff;
      int blue = (int) (sum >>> lastShift) & 0xff;
      // Four bytes at once; the fourth is overwritten by the next pixel or lies past the row.
      INT.set(to, at, red | (green << 8) | (blue << 16));
    }
    target.put(to, 0, side * 3);
  }

  /** For each output sample of an axis, which input samples it averages, with which weights. */
  static final class Taps {
    private int[] firsts = new int[0];
    private int[] counts = new int[0];
    private long[] weights = new long[0];
    private int length;
    private double offset;
    private double span;
    private int out;
    private int largest;
    private int padded;

    /**
     * Computes the taps for an axis of {@code length} samples, of which {@code span} from {@code
     * offset} become {@code out}.
     */
    void prepare(int length, double offset, double span, int out) {
      if (this.length == length && this.offset == offset && this.span == span && this.out == out) {
        return;
      }
      this.length = length;
      this.offset = offset;
      this.span = span;
      this.out = out;
      double step = span / out;
      double reach = Math.max(step, 1);
      place(step, reach);
      reserve();
      for (int i = 0; i < out; i++) {
        weigh(i, offset + (i + 0.5) * step, reach);
      }
    }

    private void place(double step, double reach) {
      if (firsts.length < out) {
        firsts = new int[out];
        counts = new int[out];
      }
      largest = 0;
      for (int i = 0; i < out; i++) {
        double centre = offset + (i + 0.5) * step;
        firsts[i] = Math.max(0, (int) (centre - reach + 0.5));
        counts[i] = Math.min(length, (int) (centre + reach + 0.5)) - firsts[i];
        largest = Math.max(largest, counts[i]);
      }
    }

    private void reserve() {
      padded = largest <= 6 && largest > 4 ? 6 : (largest + 3) / 4 * 4;
      int size = Math.multiplyExact(out, padded);
      if (weights.length < size) {
        weights = new long[size];
      } else {
        Arrays.fill(weights, 0, size, 0);
      }
    }

    /**
     * Rounds the running sum of the weights instead of each weight: they then sum to exactly one,
     * and the error stays below one unit for however many taps.
     */
    private void weigh(int i, double centre, double reach) {
      double total = 0;
      for (int tap = 0; tap < counts[i]; tap++) {
        total += height(firsts[i] + tap, centre, reach);
      }
      int one = 1 << WEIGHT_BITS;
      int at = i * padded;
      double sum = 0;
      long given = 0;
      for (int tap = 0; tap < counts[i]; tap++) {
        sum += height(firsts[i] + tap, centre, reach);
        long upTo = tap == counts[i] - 1 ? one : Math.round(sum / total * one);
        weights[at + tap] = upTo - given;
        given = upTo;
      }
    }

    private static double height(int i, double centre, double reach) {
      return Math.max(0, 1 - Math.abs((i + 0.5 - centre) / reach));
    }

    int first(int i) {
      return firsts[i];
    }

    int count(int i) {
      return counts[i];
    }

    int end(int i) {
      return firsts[i] + count(i);
    }

    /** Weights of an output sample, zeros at the end included: 4, 6 or a multiple of 4. */
    int padded() {
      return padded;
    }

    int largestCount() {
      return largest;
    }
  }
}
