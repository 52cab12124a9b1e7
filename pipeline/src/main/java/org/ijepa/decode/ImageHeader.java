package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the bytes themselves say about an image, read without a codec and without taking memory.
 *
 * @param format of the file
 * @param width in pixels
 * @param height in pixels
 * @param channels that it has as itself: 1 grey, 2 grey and alpha, 3 colours (a palette and inks
 *     among them), 4 colours and alpha; of a TIFF, samples of a pixel
 * @param inks how a JPEG or TIFF of four components says its colours
 */
record ImageHeader(ImageFormat format, int width, int height, int channels, Inks inks) {
  /** JPEG's own limit; longer sides only occur in files made to do harm. */
  static final int LONGEST_SIDE = 65_535;

  /** Columns of the image decoded to one {@code reduction}-th of its sides. */
  int width(int reduction) {
    return (width + reduction - 1) / reduction;
  }

  /** Rows of the image decoded to one {@code reduction}-th of its sides. */
  int height(int reduction) {
    return (height + reduction - 1) / reduction;
  }

  /**
   * Reads the header, and checks size and completeness by the same rules for every codec.
   *
   * @param file whole file between position 0 and limit
   * @param pixelLimit largest product of width and height that is accepted
   */
  static ImageHeader read(ByteBuffer file, long pixelLimit) throws BadImage {
    if (file.limit() == 0) {
      throw new BadImage(BadImage.Cause.EMPTY, "the file is empty");
    }
    ByteBuffer bytes = file.duplicate().order(ByteOrder.BIG_ENDIAN);
    ImageFormat format = ImageFormat.of(bytes);
    try {
      FormatReader reader = format.open(bytes);
      checkSize(reader.width(), reader.height(), pixelLimit);
      if (!reader.complete()) {
        throw new BadImage(
            BadImage.Cause.TRUNCATED,
            "%s of %d bytes is cut off: its end is missing".formatted(format, file.limit()));
      }
      return new ImageHeader(
          format, reader.width(), reader.height(), reader.channels(), reader.inks());
    } catch (IndexOutOfBoundsException endOfFile) {
      throw new BadImage(
          BadImage.Cause.TRUNCATED,
          "%s of %d bytes is cut off within its header".formatted(format, file.limit()));
    }
  }

  private static void checkSize(int width, int height, long pixelLimit) throws BadImage {
    // Unsigned, since four-byte fields of a hostile file come out negative.
    long wide = Integer.toUnsignedLong(width);
    long high = Integer.toUnsignedLong(height);
    if (wide == 0 || high == 0) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "the header says %d x %d pixels".formatted(wide, high));
    }
    if (wide > LONGEST_SIDE || high > LONGEST_SIDE || wide * high > pixelLimit) {
      throw new BadImage(
          BadImage.Cause.TOO_LARGE,
          "the header says %d x %d pixels: more than %d in all or %d a side"
              .formatted(wide, high, pixelLimit, LONGEST_SIDE));
    }
  }
}
