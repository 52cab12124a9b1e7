package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.util.Set;

/** Walks the chunks of a PNG file (W3C PNG, section 5). */
final class PngReader implements FormatReader {
  private static final int HEADER = 0x49484452;
  private static final int DATA = 0x49444154;
  private static final int END = 0x49454e44;
  private static final int FIRST_CHUNK = 8;
  private static final int GREY = 0;
  private static final int GREY_ALPHA = 4;
  private static final int COLOR_ALPHA = 6;

  /**
   * Compressed profiles, texts and EXIF, of which no pixel depends here: libpng inflates them and
   * complains of those it does not like on standard error, once per image.
   */
  private static final Set<Integer> UNUSED =
      Set.of(0x69434350, 0x69545874, 0x7a545874, 0x74455874, 0x65584966);

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
  public int channels() {
    return switch (file.get(FIRST_CHUNK + 17)) {
      case GREY -> 1;
      case GREY_ALPHA -> 2;
      case COLOR_ALPHA -> 4;
      default -> 3;
    };
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

  /** Copies a file that {@link #complete} has accepted, without the chunks that are not used. */
  static void copyUsedChunks(ByteBuffer file, ByteBuffer target) {
    target.put(file.slice(0, FIRST_CHUNK));
    int at = FIRST_CHUNK;
    int type = 0;
    while (type != END) {
      type = file.getInt(at + 4);
      int length = (int) Math.min(12L + Integer.toUnsignedLong(file.getInt(at)), file.limit() - at);
      if (!UNUSED.contains(type)) {
        target.put(file.slice(at, length));
      }
      at += length;
    }
  }
}
