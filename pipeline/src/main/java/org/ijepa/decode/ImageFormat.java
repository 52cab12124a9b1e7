package org.ijepa.decode;

import java.nio.ByteBuffer;

/** The formats that are read, told apart by their first bytes alone. */
enum ImageFormat {
  JPEG {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "\u00ff\u00d8\u00ff");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return JpegReader.open(file);
    }
  },
  PNG {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "\u0089PNG\r\n\u001a\n");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return PngReader.open(file);
    }
  },
  WEBP {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "RIFF") && starts(file, 8, "WEBP");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return WebpReader.open(file);
    }
  },
  GIF {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "GIF87a") || starts(file, 0, "GIF89a");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return GifReader.open(file);
    }
  },
  BMP {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "BM");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return BmpReader.open(file);
    }
  },
  TIFF {
    @Override
    boolean matches(ByteBuffer file) {
      return starts(file, 0, "II*\0") || starts(file, 0, "MM\0*");
    }

    @Override
    FormatReader open(ByteBuffer file) throws BadImage {
      return TiffReader.open(file);
    }
  };

  abstract boolean matches(ByteBuffer file);

  abstract FormatReader open(ByteBuffer file) throws BadImage;

  static ImageFormat of(ByteBuffer file) throws BadImage {
    for (ImageFormat format : values()) {
      if (format.matches(file)) {
        return format;
      }
    }
    throw new BadImage(
        BadImage.Cause.NOT_AN_IMAGE,
        "the first bytes are not those of JPEG, PNG, WebP, GIF, BMP or TIFF");
  }

  /** Whether the characters of {@code signature}, a byte each, stand at {@code at}. */
  private static boolean starts(ByteBuffer file, int at, String signature) {
    if (file.limit() < at + signature.length()) {
      return false;
    }
    for (int i = 0; i < signature.length(); i++) {
      if ((file.get(at + i) & 0xff) != signature.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
