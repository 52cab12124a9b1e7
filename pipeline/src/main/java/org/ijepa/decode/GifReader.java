package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Walks the blocks of a GIF file; of several frames the first is the image. */
final class GifReader implements FormatReader {
  private static final int IMAGE = 0x2c;
  private static final int EXTENSION = 0x21;
  private static final int TRAILER = 0x3b;
  private static final int SCREEN_END = 13;

  private final ByteBuffer file;

  private GifReader(ByteBuffer file) {
    this.file = file;
  }

  static GifReader open(ByteBuffer bytes) {
    return new GifReader(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public int width() {
    return file.getShort(6) & 0xffff;
  }

  @Override
  public int height() {
    return file.getShort(8) & 0xffff;
  }

  @Override
  public boolean complete() throws BadImage {
    int at = SCREEN_END + paletteBytes(file.get(10));
    boolean first = true;
    while (true) {
      int block = file.get(at) & 0xff;
      if (block == TRAILER) {
        if (first) {
          throw new BadImage(BadImage.Cause.CORRUPT, "GIF without an image");
        }
        return true;
      }
      if (block == IMAGE) {
        if (first) {
          checkFills(at);
        }
        first = false;
        // Descriptor, palette, and the code size that precedes the data.
        at = skipSubBlocks(at + 10 + paletteBytes(file.get(at + 9)) + 1);
      } else if (block == EXTENSION) {
        at = skipSubBlocks(at + 2);
      } else {
        throw new BadImage(
            BadImage.Cause.CORRUPT, "GIF with an unknown block 0x%02x at %d".formatted(block, at));
      }
    }
  }

  private void checkFills(int at) throws BadImage {
    int frameWidth = file.getShort(at + 5) & 0xffff;
    int frameHeight = file.getShort(at + 7) & 0xffff;
    if (frameWidth != width() || frameHeight != height()) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "GIF whose first frame of %d x %d does not fill its %d x %d pixels"
              .formatted(frameWidth, frameHeight, width(), height()));
    }
  }

  private int skipSubBlocks(int from) {
    int at = from;
    int length;
    do {
      length = file.get(at) & 0xff;
      at += length + 1;
    } while (length > 0);
    return at;
  }

  private static int paletteBytes(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }
}
