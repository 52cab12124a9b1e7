package org.ijepa.decode;

import java.nio.ByteBuffer;

/**
 * Turns a file whose header was found acceptable into pixels, whatever files came before: nothing
 * is kept from one to the next.
 */
interface Codec {
  /** Uses the decoded image while its memory is still there. */
  @FunctionalInterface
  interface PixelSink {
    /** The pixels may not be touched after this returns. */
    void accept(ImagePixels pixels);
  }

  /** Name, version and options that decide about bits. */
  String name();

  /**
   * Decodes to red, green and blue and hands the pixels to {@code sink}; they are gone afterwards.
   *
   * @param file direct buffer, position 0
   * @param reduction 1, or for a JPEG in grey or colour 2 or 4: what its sides are divided by,
   *     rounded up, by an inverse transform of fewer frequencies
   * @param scratch memory that may be used for the pixels
   */
  void decode(
      ByteBuffer file, ImageHeader header, int reduction, NativeBytes scratch, PixelSink sink)
      throws BadImage;

  /**
   * As {@link #decode} without reduction, but all channels that the header says, as they are
   * stored.
   */
  default void decodeChannels(
      ByteBuffer file, ImageHeader header, NativeBytes scratch, PixelSink sink) throws BadImage {
    throw new IllegalStateException(
        "%s gives no %d channels of %s".formatted(name(), header.channels(), header.format()));
  }
}
