package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/** Reads the first directory of a TIFF file (TIFF 6.0, section 2). */
final class TiffReader implements FormatReader {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int COMPRESSION = 259;
  private static final int COLORS = 262;
  private static final int PALETTE = 3;
  private static final int INKS = 5;

  /** Grey with white or black at 0, red, green and blue, palette, inks, luma and chroma. */
  private static final Set<Long> KNOWN_COLORS = Set.of(0L, 1L, 2L, 3L, 5L, 6L);

  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES = 277;
  private static final int STRIP_BYTES = 279;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int INK_SET = 332;
  private static final int OTHER_INKS = 2;
  private static final int SAMPLE_FORMAT = 339;
  private static final int FLOATING_POINT = 3;
  private static final Set<Long> JPEG = Set.of(6L, 7L);
  private static final int SHORT = 3;
  private static final int LONG = 4;

  private final ByteBuffer file;
  private final int directory;
  private final int width;
  private final int height;

  private TiffReader(ByteBuffer file, int directory) throws BadImage {
    this.file = file;
    this.directory = directory;
    this.width = (int) single(WIDTH);
    this.height = (int) single(HEIGHT);
  }

  static TiffReader open(ByteBuffer bytes) throws BadImage {
    ByteOrder order = bytes.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer file = bytes.duplicate().order(order);
    return new TiffReader(file, file.getInt(4));
  }

  /** As many as a pixel has samples; a palette's colours are three. */
  @Override
  public int channels() {
    return (int) (optional(COLORS) == PALETTE ? 3 : Math.max(1, optional(SAMPLES)));
  }

  /** Of inks 0 is none, as the format says. */
  @Override
  public Inks inks() {
    return optional(COLORS) == INKS ? Inks.PLAIN : Inks.NONE;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  /** Complete means that every strip or tile of the first image lies within the file. */
  @Override
  public boolean complete() throws BadImage {
    if (optional(SAMPLE_FORMAT) == FLOATING_POINT) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED, "TIFF with floating-point samples: only whole ones are read");
    }
    checkColors();
    boolean tiled = entry(TILE_OFFSETS) >= 0;
    if (tiled && single(TILE_WIDTH) * single(TILE_HEIGHT) > ImageIoCodec.PIXEL_LIMIT) {
      throw new BadImage(
          BadImage.Cause.TOO_LARGE,
          "TIFF with tiles of %d x %d pixels".formatted(single(TILE_WIDTH), single(TILE_HEIGHT)));
    }
    int offsets = required(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    int lengths = required(tiled ? TILE_BYTES : STRIP_BYTES);
    int parts = file.getInt(offsets + 4);
    if (parts <= 0 || parts != file.getInt(lengths + 4)) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "TIFF with %d strips or tiles".formatted(parts));
    }
    for (int i = 0; i < parts; i++) {
      if (value(offsets, i) + value(lengths, i) > file.limit()) {
        return false;
      }
    }
    return true;
  }

  /** What would be taken for other colours than it has is not read at all. */
  private void checkColors() throws BadImage {
    long colors = optional(COLORS);
    if (!KNOWN_COLORS.contains(colors)) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "TIFF whose colours are of kind %d (8: CIELab): only grey, RGB, palettes, CMYK and YCbCr are read"
              .formatted(colors));
    }
    if (colors == INKS
        && (optional(SAMPLES) < 4
            || optional(INK_SET) == OTHER_INKS
            || JPEG.contains(optional(COMPRESSION)))) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED,
          "TIFF of inks other than cyan, magenta, yellow and black, or of inks compressed as JPEG");
    }
  }

  /** The first value of a field, 0 where it is missing or of a type that says no such number. */
  private long optional(int tag) {
    int entry = entry(tag);
    return entry < 0 || !isNumber(type(entry)) ? 0 : value(entry, type(entry), 0);
  }

  private long single(int tag) throws BadImage {
    return value(required(tag), 0);
  }

  private int required(int tag) throws BadImage {
    int entry = entry(tag);
    if (entry < 0) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE, "TIFF without the field %d".formatted(tag));
    }
    return entry;
  }

  /** Where the 12 bytes of {@code tag} begin, or -1. */
  private int entry(int tag) {
    int count = file.getShort(directory) & 0xffff;
    for (int i = 0; i < count; i++) {
      int at = directory + 2 + 12 * i;
      if ((file.getShort(at) & 0xffff) == tag) {
        return at;
      }
    }
    return -1;
  }

  /** The {@code index}-th value of an entry; values of more than four bytes stand elsewhere. */
  private long value(int entry, int index) throws BadImage {
    int type = type(entry);
    if (!isNumber(type)) {
      throw new BadImage(
          BadImage.Cause.HEADER_UNREADABLE,
          "TIFF with a size or offset of type %d".formatted(type));
    }
    return value(entry, type, index);
  }

  private int type(int entry) {
    return file.getShort(entry + 2) & 0xffff;
  }

  private static boolean isNumber(int type) {
    return type == SHORT || type == LONG;
  }

  private long value(int entry, int type, int index) {
    long count = Integer.toUnsignedLong(file.getInt(entry + 4));
    int bytes = type == SHORT ? 2 : 4;
    int start = count * bytes <= 4 ? entry + 8 : file.getInt(entry + 8);
    long at = Integer.toUnsignedLong(start) + (long) bytes * index;
    int place = (int) Math.min(at, Integer.MAX_VALUE - 4);
    return type == SHORT
        ? file.getShort(place) & 0xffff
        : Integer.toUnsignedLong(file.getInt(place));
  }
}
