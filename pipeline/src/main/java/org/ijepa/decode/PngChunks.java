package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Leaves out of a PNG file what is not needed for its pixels: colour profiles and the like, whose
 * defects would only make the decoder complain.
 */
final class PngChunks {
  private static final int SIGNATURE = 8;

  /** Length, type and checksum of a chunk. */
  private static final int FRAME = 12;

  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int TRNS = 0x74524E53;
  private static final Set<Integer> NEEDED = Set.of(IHDR, PLTE, IDAT, IEND, TRNS);

  private PngChunks() {}

  /** A direct copy with the needed chunks of a file that has an end chunk. */
  static ByteBuffer needed(ByteBuffer file) {
    ByteBuffer in = file.slice();
    ByteBuffer out = ByteBuffer.allocateDirect(in.limit());
    out.put(0, in, 0, SIGNATURE).position(SIGNATURE);
    int at = SIGNATURE;
    while (at + FRAME <= in.limit()) {
      long length = FRAME + (in.getInt(at) & 0xFFFFFFFFL);
      int type = in.getInt(at + 4);
      if (length > in.limit() - at) {
        break;
      }
      if (NEEDED.contains(type)) {
        out.put(out.position(), in, at, (int) length).position(out.position() + (int) length);
      }
      if (type == IEND) {
        break;
      }
      at += (int) length;
    }
    return out.flip();
  }
}
