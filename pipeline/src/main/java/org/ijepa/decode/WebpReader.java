package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the first chunk of a WebP file (RFC 9649). */
final class WebpReader implements FormatReader {
  private static final int CHUNK = 12;
  private static final int ANIMATED = 0x02;
  private static final int ALPHA = 0x10;

  private final ByteBuffer file;
  private final int width;
  private final int height;
  private final boolean alpha;

  private WebpReader(ByteBuffer file, int width, int height, boolean alpha) {
    this.file = file;
    this.width = width;
    this.height = height;
    this.alpha = alpha;
  }

  static WebpReader open(ByteBuffer bytes) throws BadImage {
    ByteBuffer file = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int data = CHUNK + 8;
    int type = bytes.getInt(CHUNK);
    if (type == 0x56503858) { // VP8X
      if ((file.get(data) & ANIMATED) != 0) {
        throw new BadImage(BadImage.Cause.UNSUPPORTED, "animated WebP is not read");
      }
      boolean alpha = (file.get(data) & ALPHA) != 0;
      return new WebpReader(
          file, threeBytes(file, data + 4) + 1, threeBytes(file, data + 7) + 1, alpha);
    }
    if (type
        == 0x5650384c) { // VP8L: a signature byte, then 14 bits each, then whether there is alpha
      if (file.get(data) != 0x2f) {
        throw new BadImage(BadImage.Cause.HEADER_UNREADABLE, "lossless WebP without its signature");
      }
      int sizes = file.getInt(data + 1);
      boolean alpha = (sizes >>> 28 & 1) != 0;
      return new WebpReader(file, (sizes & 0x3fff) + 1, ((sizes >>> 14) & 0x3fff) + 1, alpha);
    }
    if (type == 0x56503820) { // "VP8 ": frame tag, start code, then 14 bits each
      if (threeBytes(file, data + 3) != 0x2a019d) {
        throw new BadImage(BadImage.Cause.HEADER_UNREADABLE, "lossy WebP without a key frame");
      }
      return new WebpReader(
          file, file.getShort(data + 6) & 0x3fff, file.getShort(data + 8) & 0x3fff, false);
    }
    throw new BadImage(
        BadImage.Cause.HEADER_UNREADABLE,
        "WebP with an unknown first chunk 0x%08x".formatted(type));
  }

  private static int threeBytes(ByteBuffer file, int at) {
    return (file.getShort(at) & 0xffff) | ((file.get(at + 2) & 0xff) << 16);
  }

  @Override
  public int channels() {
    return alpha ? 4 : 3;
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
  public boolean complete() {
    return Integer.toUnsignedLong(file.getInt(4)) + 8 <= file.limit();
  }
}
