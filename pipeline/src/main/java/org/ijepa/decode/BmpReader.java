package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the headers of a BMP file. */
final class BmpReader implements FormatReader {
  private static final int OLD_HEADER = 12;
  private static final int PLAIN = 0;
  private static final int BIT_FIELDS = 3;

  private final ByteBuffer file;
  private final int width;
  private final int height;
  private final int bits;
  private final int compression;

  private BmpReader(ByteBuffer file, int width, int height, int bits, int compression) {
    this.file = file;
    this.width = width;
    this.height = height;
    this.bits = bits;
    this.compression = compression;
  }

  static BmpReader open(ByteBuffer bytes) throws BadImage {
    ByteBuffer file = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int header = file.getInt(14);
    if (header == OLD_HEADER) {
      return new BmpReader(
          file, file.getShort(18) & 0xffff, file.getShort(20) & 0xffff, file.getShort(24), PLAIN);
    }
    if (header < 40 || header > 124) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "BMP with a header of %d bytes".formatted(header));
    }
    // A negative height means rows from the top.
    return new BmpReader(
        file, file.getInt(18), Math.abs(file.getInt(22)), file.getShort(28), file.getInt(30));
  }

  private void checkBits() throws BadImage {
    boolean known = bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    if (!known) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "BMP of %d bits a pixel".formatted(bits));
    }
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public boolean complete() throws BadImage {
    checkBits();
    long start = Integer.toUnsignedLong(file.getInt(10));
    long data;
    if (compression == PLAIN || compression == BIT_FIELDS) {
      data = ((long) width * bits + 31) / 32 * 4 * height;
    } else {
      data = Integer.toUnsignedLong(file.getInt(34));
    }
    return start + data <= file.limit();
  }
}
