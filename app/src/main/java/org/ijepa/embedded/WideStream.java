package org.ijepa.embedded;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A stream that is handed on in pieces of a quarter of a megabyte: in Java's of 8 KiB, each of
 * which the server sends by itself and the client wakes up for, an image takes fourteen.
 */
final class WideStream extends FilterInputStream {
  private static final int LARGEST = 256 << 10;
  private static final int SMALLEST = 8 << 10;

  WideStream(InputStream in) {
    super(in);
  }

  @Override
  public long transferTo(OutputStream out) throws IOException {
    byte[] piece = new byte[Math.max(SMALLEST, Math.min(LARGEST, in.available()))];
    long sent = 0;
    // Not even nothing may be written behind the last byte: the server would hang up.
    for (int read = in.readNBytes(piece, 0, piece.length);
        read > 0;
        read = in.readNBytes(piece, 0, piece.length)) {
      out.write(piece, 0, read);
      sent += read;
    }
    return sent;
  }
}
