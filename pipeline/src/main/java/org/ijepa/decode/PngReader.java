package org.ijepa.decode;

import java.nio.ByteBuffer;

/** Walks the chunks of a PNG file (W3C PNG, section 5). */
final class PngReader implements FormatReader {
  private static final int HEADER = 0x49484452;
  private static final int DATA = 0x49444154;
  private static final int END = 0x49454e44;
  private static final int FIRST_CHUNK = 8;

  private final ByteBuffer file;

  private PngReader(ByteBuffer file) {
    this.file = file;
  }

  static PngReader open(ByteBuffer file) throws BadImage {
    if (file.getInt(FIRST_CHUNK) != 13 || file.getInt(FIRST_CHUNK + 4) != HEADER) {
      throw new BadImage(BadImage.Cause.HEADER_UNREADABLE, "PNG that does not begin with IHDR");
    }
    return new PngReader(file);
  }

  @Override
  public int width() {
    return file.getInt(FIRST_CHUNK + 8);
  }

  @Override
  public int height() {
    return file.getInt(FIRST_CHUNK + 12);
  }

  @Override
  public boolean complete() throws BadImage {
    boolean data = false;
    long at = FIRST_CHUNK;
    while (at + 12 <= file.limit()) {
      int type = file.getInt((int) at + 4);
      if (type == END) {
        if (!data) {
          throw new BadImage(BadImage.Cause.CORRUPT, "PNG without image data");
        }
        return true;
      }
      data |= type == DATA;
      at += 12 + Integer.toUnsignedLong(file.getInt((int) at));
    }
    return false;
  }
}
