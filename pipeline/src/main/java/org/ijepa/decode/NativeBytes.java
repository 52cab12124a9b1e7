package org.ijepa.decode;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;

/**
 * A piece of native memory that grows to what is asked for and is freed by its owner, not by the
 * collector.
 */
final class NativeBytes implements AutoCloseable {
  private static final long SMALLEST = 1 << 16;

  private Memory memory;
  private ByteBuffer view;

  /**
   * A direct buffer of at least {@code bytes}, position 0; it replaces whatever was asked for
   * before.
   */
  ByteBuffer ofAtLeast(long bytes) {
    if (memory == null || memory.size() < bytes) {
      long capacity = Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes - 1)) << 1);
      close();
      memory = new Memory(Math.min(capacity, Math.max(bytes, Integer.MAX_VALUE)));
      view = memory.getByteBuffer(0, memory.size());
    }
    return view.clear();
  }

  /** Gives the memory back if it is larger than what is worth keeping. */
  void keepAtMost(long bytes) {
    if (memory != null && memory.size() > bytes) {
      close();
    }
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
      view = null;
    }
  }
}
