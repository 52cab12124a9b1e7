package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ijepa.decode.BadImage.Cause;

/**
 * Format and size of an image as its header says, read before any decoder sees the file, and the
 * one rule for what is truncated: a file without its format's end marker.
 *
 * @param width pixels
 * @param height pixels
 */
record ImageHeader(Format format, int width, int height) {

  enum Format {
    JPEG,
    PNG,
    WEBP,
    BMP
  }

  private static final int PNG_SIGNATURE_HIGH = 0x89504E47;
  private static final int PNG_IEND = 0x49454E44;
  private static final int RIFF = 0x52494646;
  private static final int WEBP = 0x57454250;
  private static final int VP8 = 0x56503820;
  private static final int VP8_LOSSLESS = 0x5650384C;
  private static final int VP8_EXTENDED = 0x56503858;

  /**
   * Reads the header of a whole file.
   *
   * @throws BadImage if it is empty, of no known format, truncated, or claims no pixels
   */
  static ImageHeader read(ByteBuffer file) throws BadImage {
    ByteBuffer bytes = file.slice().order(ByteOrder.BIG_ENDIAN);
    int length = bytes.limit();
    if (length == 0) {
      throw new BadImage(Cause.EMPTY, "the file is empty");
    }
    ImageHeader header;
    if (length >= 3 && (bytes.getShort(0) & 0xFFFF) == 0xFFD8) {
      header = jpeg(bytes);
    } else if (length >= 8 && bytes.getInt(0) == PNG_SIGNATURE_HIGH) {
      header = png(bytes);
    } else if (length >= 12 && bytes.getInt(0) == RIFF && bytes.getInt(8) == WEBP) {
      header = webp(bytes);
    } else if (length >= 2 && bytes.get(0) == 'B' && bytes.get(1) == 'M') {
      header = bmp(bytes);
    } else {
      throw new BadImage(Cause.NOT_AN_IMAGE, "no JPEG, PNG, WebP or BMP signature");
    }
    if (header.width <= 0 || header.height <= 0) {
      throw new BadImage(
          Cause.UNDECODABLE, "the header says " + header.width + " x " + header.height + " pixels");
    }
    return header;
  }

  long pixels() {
    return (long) width * height;
  }

  private static ImageHeader jpeg(ByteBuffer bytes) throws BadImage {
    int length = bytes.limit();
    int at = 2;
    int width = 0;
    int height = 0;
    while (at + 4 <= length) {
      if ((bytes.get(at) & 0xFF) != 0xFF) {
        throw new BadImage(Cause.UNDECODABLE, "no JPEG marker at byte " + at);
      }
      int marker = bytes.get(at + 1) & 0xFF;
      if (marker == 0xFF) {
        at++;
        continue;
      }
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
        at += 2;
        continue;
      }
      int segment = bytes.getShort(at + 2) & 0xFFFF;
      if (isFrame(marker)) {
        if (at + 9 > length) {
          break;
        }
        height = bytes.getShort(at + 5) & 0xFFFF;
        width = bytes.getShort(at + 7) & 0xFFFF;
      } else if (marker == 0xDA) {
        requireJpegEnd(bytes, at);
        return new ImageHeader(Format.JPEG, width, height);
      }
      at += 2 + Math.max(2, segment);
    }
    throw new BadImage(Cause.TRUNCATED, "a JPEG header of " + length + " bytes without image data");
  }

  /** Start of frame, of every process that is not a lossless or differential table marker. */
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private static void requireJpegEnd(ByteBuffer bytes, int from) throws BadImage {
    // Within entropy-coded data FF is always followed by 00 or a restart marker: FF D9 is the end.
    for (int at = bytes.limit() - 2; at > from; at--) {
      if ((bytes.get(at) & 0xFF) == 0xFF && (bytes.get(at + 1) & 0xFF) == 0xD9) {
        return;
      }
    }
    throw new BadImage(
        Cause.TRUNCATED, "no end marker in a JPEG file of " + bytes.limit() + " bytes");
  }

  private static ImageHeader png(ByteBuffer bytes) throws BadImage {
    int length = bytes.limit();
    if (length < 33) {
      throw new BadImage(Cause.TRUNCATED, "a PNG file of " + length + " bytes");
    }
    int width = bytes.getInt(16);
    int height = bytes.getInt(20);
    long at = 8;
    while (at + 12 <= length) {
      long chunk = bytes.getInt((int) at) & 0xFFFFFFFFL;
      if (bytes.getInt((int) at + 4) == PNG_IEND) {
        return new ImageHeader(Format.PNG, width, height);
      }
      at += 12 + chunk;
    }
    throw new BadImage(Cause.TRUNCATED, "no end chunk in a PNG file of " + length + " bytes");
  }

  private static ImageHeader webp(ByteBuffer bytes) throws BadImage {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.limit();
    long stated = (little.getInt(4) & 0xFFFFFFFFL) + 8;
    if (stated > length || length < 30) {
      throw new BadImage(
          Cause.TRUNCATED, "a WebP file of " + length + " bytes that should have " + stated);
    }
    int kind = bytes.getInt(12);
    if (kind == VP8) {
      return new ImageHeader(
          Format.WEBP, little.getShort(26) & 0x3FFF, little.getShort(28) & 0x3FFF);
    }
    if (kind == VP8_LOSSLESS) {
      int bits = little.getInt(21);
      return new ImageHeader(Format.WEBP, (bits & 0x3FFF) + 1, ((bits >>> 14) & 0x3FFF) + 1);
    }
    if (kind == VP8_EXTENDED) {
      return new ImageHeader(
          Format.WEBP, (little.getInt(24) & 0xFFFFFF) + 1, (little.getInt(26) >>> 8) + 1);
    }
    throw new BadImage(Cause.UNSUPPORTED, "a WebP file without a known first chunk");
  }

  private static ImageHeader bmp(ByteBuffer bytes) throws BadImage {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < 54 || (little.getInt(2) & 0xFFFFFFFFL) > bytes.limit()) {
      throw new BadImage(Cause.TRUNCATED, "a BMP file of " + bytes.limit() + " bytes");
    }
    return new ImageHeader(Format.BMP, little.getInt(18), Math.abs(little.getInt(22)));
  }
}
