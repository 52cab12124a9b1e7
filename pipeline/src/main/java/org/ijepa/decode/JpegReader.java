package org.ijepa.decode;

import java.nio.ByteBuffer;

/** Walks the markers of a JPEG file (ITU-T T.81, annex B). */
final class JpegReader implements FormatReader {
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int ADOBE = 0xee;
  private static final int PROGRESSIVE = 0xc2;

  /**
   * A decoder goes over the whole image for each scan. Honest files have about ten; libjpeg-turbo's
   * own programs draw the line here, too.
   */
  private static final int MOST_SCANS = 500;

  private final ByteBuffer file;
  private int at = 2;
  private int width;
  private int height;
  private int components;
  private boolean progressive;
  private boolean adobe;

  private JpegReader(ByteBuffer file) {
    this.file = file;
  }

  static JpegReader open(ByteBuffer file) throws BadImage {
    JpegReader reader = new JpegReader(file);
    while (reader.components == 0) {
      reader.frameOrTable();
    }
    return reader;
  }

  private void frameOrTable() throws BadImage {
    int marker = nextMarker();
    if (marker == START_OF_SCAN || marker == END_OF_IMAGE) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "JPEG without a frame header before its data");
    }
    if (isFrame(marker)) {
      readFrame(marker);
    }
    skipSegment(marker);
  }

  private void readFrame(int marker) throws BadImage {
    int precision = file.get(at + 2) & 0xff;
    height = file.getShort(at + 3) & 0xffff;
    width = file.getShort(at + 5) & 0xffff;
    components = file.get(at + 7) & 0xff;
    progressive = marker == PROGRESSIVE;
    if (marker > PROGRESSIVE || precision != 8) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "JPEG of process %d with %d bits: only baseline, extended and progressive of 8 bits are read"
              .formatted(marker - 0xc0, precision));
    }
    if (components != 1 && components != 3 && components != 4) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "JPEG of %d components: only 1, 3 and 4 are read".formatted(components));
    }
  }

  /** The code of the next marker; {@code at} then stands behind it. */
  private int nextMarker() throws BadImage {
    if ((file.get(at) & 0xff) != 0xff) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE,
          "JPEG with 0x%02x at %d, where a marker should be".formatted(file.get(at), at));
    }
    int code;
    do {
      code = file.get(++at) & 0xff;
    } while (code == 0xff);
    at++;
    return code;
  }

  private void skipSegment(int marker) throws BadImage {
    if (standsAlone(marker)) {
      return;
    }
    int length = file.getShort(at) & 0xffff;
    if (length < 2) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE,
          "JPEG with a segment of %d bytes at %d".formatted(length, at));
    }
    if (marker == ADOBE && length >= 14 && isAdobe(at + 2)) {
      adobe = true;
    }
    at += length;
  }

  private boolean isAdobe(int from) {
    return file.get(from) == 'A'
        && file.get(from + 1) == 'd'
        && file.get(from + 2) == 'o'
        && file.get(from + 3) == 'b'
        && file.get(from + 4) == 'e';
  }

  /**
   * Complete means that an end-of-image marker follows a scan. Within a scan 0xff is always
   * followed by 0 or a restart code, so that the marker as the last two bytes of the file proves it
   * without a look at the data; else, with bytes trailing, the data is walked. So it is where there
   * may be any number of scans.
   */
  @Override
  public boolean complete() throws BadImage {
    int scan;
    while (true) {
      int marker = nextMarker();
      scan = at;
      if (marker == END_OF_IMAGE) {
        throw new BadImage(BadImage.Cause.HEADER_UNREADABLE, "JPEG that ends before its data");
      }
      skipSegment(marker);
      if (marker == START_OF_SCAN) {
        break;
      }
    }
    // One scan of all components is all that is decoded of a file that is not progressive.
    if (progressive || (file.get(scan + 2) & 0xff) < components) {
      checkScans();
    }
    int last = file.limit() - 2;
    boolean endsWithMarker =
        last >= at
            && (file.get(last) & 0xff) == 0xff
            && (file.get(last + 1) & 0xff) == END_OF_IMAGE;
    return endsWithMarker || walkScans();
  }

  /** From the first scan's data on; whether what stands there makes sense is not its business. */
  private void checkScans() throws BadImage {
    int scans = 1;
    int limit = file.limit() - 3;
    for (int from = at; from < limit; ) {
      if ((file.get(from++) & 0xff) != 0xff) {
        continue;
      }
      int code = file.get(from) & 0xff;
      if (code == END_OF_IMAGE) {
        return;
      }
      if (code == START_OF_SCAN && ++scans > MOST_SCANS) {
        throw new BadImage(
            BadImage.Cause.UNSUPPORTED, "JPEG of more than %d scans".formatted(MOST_SCANS));
      }
      if (code != 0 && code != 0xff && !standsAlone(code)) {
        from += 1 + Math.max(2, file.getShort(from + 1) & 0xffff);
      }
    }
  }

  private boolean walkScans() throws BadImage {
    int limit = file.limit() - 1;
    while (at < limit) {
      if ((file.get(at++) & 0xff) != 0xff) {
        continue;
      }
      int code = file.get(at) & 0xff;
      if (code == END_OF_IMAGE) {
        return true;
      }
      if (code == 0xff) {
        continue;
      }
      at++;
      if (code != 0) {
        skipSegment(code);
      }
    }
    return false;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean standsAlone(int marker) {
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd9);
  }

  @Override
  public int channels() {
    return components == 1 ? 1 : 3;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  /**
   * Adobe's marker may stand behind the frame header, so this is sure only after {@link #complete}.
   */
  @Override
  public Inks inks() {
    if (components != 4) {
      return Inks.NONE;
    }
    return adobe ? Inks.INVERTED : Inks.PLAIN;
  }
}
