package org.ijepa.batch;

import akka.util.ByteString;
import java.nio.ByteBuffer;

/**
 * Native memory for the file that a thread decodes; holds nothing from one file to the next. For
 * one thread.
 */
final class FileMemory {
  private static final int SMALLEST = 1 << 16;

  /** That of a photo is kept for the next; that of a rare giant is given back. */
  private static final int KEPT_BYTES = 64 << 20;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

  /** The file in native memory, which is valid until the next one. */
  ByteBuffer of(ByteString bytes) {
    if (buffer.capacity() < bytes.size()) {
      buffer = ByteBuffer.allocateDirect(capacity(bytes.size()));
    }
    buffer.clear();
    bytes.copyToBuffer(buffer);
    return buffer.flip();
  }

  /** Somewhat more than this file takes, so that not each larger one takes new memory. */
  static int capacity(int bytes) {
    long roomy = bytes * 5L / 4;
    return roomy > KEPT_BYTES ? bytes : (int) Math.max(SMALLEST, roomy);
  }

  /** Lets go of what is too large to be kept. */
  void trim() {
    if (buffer.capacity() > KEPT_BYTES) {
      buffer = ByteBuffer.allocateDirect(0);
    }
  }

  /** Bytes that are held. */
  int held() {
    return buffer.capacity();
  }
}
