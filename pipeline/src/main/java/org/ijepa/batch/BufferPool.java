package org.ijepa.batch;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Native memory for pixels, used again and again; how much is bounded by the stream. */
public final class BufferPool {
  private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
  private final int bytes;

  /** A pool of buffers of {@code bytes} each. */
  public BufferPool(int bytes) {
    this.bytes = bytes;
  }

  /** A buffer from its beginning; its contents are undefined. */
  public ByteBuffer take() {
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocateDirect(bytes) : buffer.clear();
  }

  /** Takes a buffer back that nobody uses any more. */
  public void giveBack(ByteBuffer buffer) {
    free.add(buffer);
  }
}
