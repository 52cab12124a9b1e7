package org.ijepa.decode;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a buffer without copying the whole of it. */
final class BufferInputStream extends InputStream {
  private final ByteBuffer bytes;

  BufferInputStream(ByteBuffer bytes) {
    this.bytes = bytes.duplicate();
  }

  @Override
  public int read() {
    return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] to, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!bytes.hasRemaining()) {
      return -1;
    }
    int count = Math.min(length, bytes.remaining());
    bytes.get(to, offset, count);
    return count;
  }
}
