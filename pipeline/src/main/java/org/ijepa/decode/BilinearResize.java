package org.ijepa.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.ijepa.crop.Crop;

/**
 * Antialiased bilinear resize of a crop of 8-bit pixels to a square.
 *
 * <p>Along each axis an output sample is the mean of the input under a triangle as wide as two
 * steps of the coarser of the two grids; the horizontal pass comes first and its result is rounded
 * to 8 bits, as Pillow does it, so that results differ from Pillow's seldom, by one for each pass
 * whose sum lies half-way.
 *
 * <p>Three channels of a pixel are carried in one {@code long}, a lane of 21 bits each, so that one
 * multiplication serves all; further channels take another round. Grey is made of colours before
 * anything else. The lanes do not touch: weights have {@value #WEIGHT_BITS} bits and sum to exactly
 * one, so a lane holds at most 255 * 2^13 + 2^12 &lt; 2^21 and never spills into the next. The
 * horizontal pass runs just ahead of the vertical one over a ring of rows, which stays in the
 * first-level cache.
 *
 * <p>Not safe for use from several threads: an instance is its own scratch memory.
 */
final class BilinearResize {
  private static final int WEIGHT_BITS = Taps.WEIGHT_BITS;
  private static final int LANE = 21;
  private static final int LANES_OF_A_LONG = 3;
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
   * Resizes {@code crop} of {@code pixels} to {@code side * side} pixels.
   *
   * <p>At its border the triangle reaches over the edge of the crop into the image, as Pillow's
   * {@code box} has it; at the edge of the image it is cut and scaled up to one again.
   *
   * @param pixels the whole decoded image
   * @param crop in pixels of the image at its own size
   * @param reduction how many of those a decoded pixel stands for, along each side
   * @param channels those of {@code pixels}, or 1: the luma of its first three
   * @param target receives {@code side * side * channels} bytes at its position, which moves past
   *     them
   */
  void resize(
      ImagePixels pixels, Crop crop, int reduction, int channels, int side, ByteBuffer target) {
    double unit = reduction;
    across.prepare(pixels.width(), crop.left() / unit, crop.width() / unit, side);
    down.prepare(pixels.height(), crop.top() / unit, crop.height() / unit, side);
    int left = across.first(0);
    int width = across.end(side - 1) - left;
    reserve(width, pixels.layout().bytes(), side, down.largestCount());
    Part part = new Part(pixels, left, width, channels, side);
    int start = target.position();
    for (int first = 0; first < channels; first += LANES_OF_A_LONG) {
      resize(part, first, target.position(start));
    }
    target.position(start + side * side * channels);
  }

  /**
   * What is resized.
   *
   * @param left column of the image at which what is read of it begins
   * @param width columns that are read
   * @param channels that come out
   * @param side of what comes out
   */
  private record Part(ImagePixels pixels, int left, int width, int channels, int side) {
    PixelLayout layout() {
      return pixels.layout();
    }

    /** Red, green and blue in whatever order, the first three bytes of a pixel. */
    boolean isColors() {
      return channels == 3;
    }
  }

  /** One round: up to three channels from {@code first} on. */
  private void resize(Part part, int first, ByteBuffer target) {
    int side = part.side;
    int ringRows = down.largestCount();
    int done = 0;
    for (int y = 0; y < side; y++) {
      int end = down.end(y);
      for (int source = Math.max(done, down.first(y)); source < end; source++) {
        part.pixels.copyRow(source, part.left, part.width, row);
        pack(part, first);
        shrinkRow(side, part.left, source % ringRows * side);
      }
      done = end;
      mixRows(y, ringRows, side);
      if (part.isColors()) {
        putColors(side, part.layout(), target);
      } else {
        putChannels(part, first, target);
      }
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

  private void pack(Part part, int first) {
    PixelLayout layout = part.layout();
    if (part.isColors()) {
      packColors(part.width, layout.bytes());
    } else if (part.channels == 1) {
      packLuma(part.width, layout);
    } else {
      packChannels(part, first);
    }
  }

  /** All three by one read, in the order of memory. */
  private void packColors(int width, int bytes) {
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

  private void packLuma(int width, PixelLayout layout) {
    byte[] from = row;
    long[] to = packed;
    int red = layout.place(0);
    int green = layout.place(1);
    int blue = layout.place(2);
    for (int x = 0, at = 0; x < width; x++, at += layout.bytes()) {
      to[x] = Luma.of(from[at + red] & 0xff, from[at + green] & 0xff, from[at + blue] & 0xff);
    }
  }

  private void packChannels(Part part, int first) {
    PixelLayout layout = part.layout();
    int end = Math.min(part.channels, first + LANES_OF_A_LONG);
    Arrays.fill(packed, 0, part.width, 0);
    for (int channel = first; channel < end; channel++) {
      int shift = (channel - first) * LANE;
      for (int x = 0, at = layout.place(channel); x < part.width; x++, at += layout.bytes()) {
        packed[x] |= (row[at] & 0xffL) << shift;
      }
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
    int[] firsts = across.firsts();
    long[] weights = across.weights();
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
    int[] firsts = across.firsts();
    long[] weights = across.weights();
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
    int[] firsts = across.firsts();
    long[] weights = across.weights();
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
    long[] weights = down.weights();
    Arrays.fill(into, 0, side, HALF);
    int start = y * down.padded();
    int first = down.first(y);
    // Padding has weight zero, and whatever row of the ring it meets is a row of bytes.
    for (int tap = 0; tap < down.count(y); tap += 2) {
      long weight = weights[start + tap];
      long nextWeight = weights[start + tap + 1];
      int at = (first + tap) % ringRows * side;
      int next = (first + tap + 1) % ringRows * side;
      for (int x = 0; x < side; x++) {
        into[x] += from[at + x] * weight + from[next + x] * nextWeight;
      }
    }
  }

  private void putColors(int side, PixelLayout layout, ByteBuffer target) {
    int firstShift = WEIGHT_BITS + layout.place(0) * LANE;
    int lastShift = WEIGHT_BITS + layout.place(2) * LANE;
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

  /** Into the places that these channels have beside the others. */
  private void putChannels(Part part, int first, ByteBuffer target) {
    int end = Math.min(part.channels, first + LANES_OF_A_LONG);
    int start = target.position();
    for (int channel = first; channel < end; channel++) {
      int shift = WEIGHT_BITS + (channel - first) * LANE;
      for (int x = 0, at = start + channel; x < part.side; x++, at += part.channels) {
        target.put(at, (byte) (sums[x] >>> shift));
      }
    }
    target.position(start + part.side * part.channels);
  }
}
