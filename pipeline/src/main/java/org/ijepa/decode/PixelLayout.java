package org.ijepa.decode;

import java.util.stream.IntStream;

/** Where the channels of a decoded pixel stand in memory, a byte each that is used. */
final class PixelLayout {
  static final PixelLayout RGB = new PixelLayout(3, 0, 1, 2);
  static final PixelLayout BGR = new PixelLayout(3, 2, 1, 0);
  static final PixelLayout RGBX = new PixelLayout(4, 0, 1, 2);

  private final int bytes;
  private final int[] places;

  private PixelLayout(int bytes, int... places) {
    this.bytes = bytes;
    this.places = places;
  }

  /** So many channels, one after another. */
  static PixelLayout bands(int count) {
    return new PixelLayout(count, IntStream.range(0, count).toArray());
  }

  /**
   * Blue, green, red and alpha, of which some are wanted.
   *
   * @param bytes of a channel, the last of which is the upper one
   * @param channels 4: red, green, blue, alpha; 2: grey, which is repeated, and alpha
   */
  static PixelLayout bgra(int bytes, int channels) {
    int[] order = channels == 2 ? new int[] {0, 3} : new int[] {2, 1, 0, 3};
    return new PixelLayout(
        4 * bytes, IntStream.of(order).map(place -> place * bytes + bytes - 1).toArray());
  }

  /** Of a pixel. */
  int bytes() {
    return bytes;
  }

  int channels() {
    return places.length;
  }

  /** Where in a pixel a channel's byte is. */
  int place(int channel) {
    return places[channel];
  }
}
