package org.ijepa.decode;

import java.nio.ByteBuffer;

/** Decodes, crops and resizes. Safe for many threads. */
public interface ImageDecoder {

  /** Name, version and options, which belong to a run's meaning. */
  String name();

  /**
   * Decodes an image file and writes the crop, resized with an antialiased bilinear filter.
   *
   * @param file the whole file, direct
   * @param side of the square result, pixels
   * @param target takes side x side x 3 unsigned bytes from its position on, rows of RGB pixels
   * @throws BadImage if the bytes are no usable image
   */
  void decode(ByteBuffer file, CropChooser crop, int side, ByteBuffer target) throws BadImage;
}
