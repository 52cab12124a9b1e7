package org.ijepa.collective;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Chunks of elements that travel as bfloat16, beside the floats of a tensor. Used by one thread.
 */
final class RoundedChunks {
  /** Elements that are worked on at once, in the nearest of the processor's caches. */
  private static final int BLOCK = 1 << 12;

  private final float[] floats = new float[BLOCK];
  private final short[] halves = new short[BLOCK];

  private interface Block {
    void at(int from, int length);
  }

  private static void eachBlock(int count, Block block) {
    for (int from = 0; from < count; from += BLOCK) {
      block.at(from, Math.min(BLOCK, count - from));
    }
  }

  /** All of a chunk, wherever its position is. */
  private static ShortBuffer elements(ByteBuffer chunk) {
    return chunk.duplicate().rewind().order(chunk.order()).asShortBuffer();
  }

  /** Fills a chunk with a tensor's elements, rounded. */
  void fill(ByteBuffer chunk, FloatBuffer tensor) {
    ShortBuffer to = elements(chunk);
    eachBlock(
        tensor.capacity(),
        (from, length) -> {
          tensor.get(from, floats, 0, length);
          for (int i = 0; i < length; i++) {
            halves[i] = Bfloat16.bits(floats[i]);
          }
          to.put(from, halves, 0, length);
        });
  }

  /** Adds a tensor's elements, rounded, to those of a chunk, and rounds the sums. */
  void add(ByteBuffer chunk, FloatBuffer tensor) {
    ShortBuffer sums = elements(chunk);
    eachBlock(
        tensor.capacity(),
        (from, length) -> {
          sums.get(from, halves, 0, length);
          tensor.get(from, floats, 0, length);
          for (int i = 0; i < length; i++) {
            halves[i] = Bfloat16.bits(Bfloat16.value(halves[i]) + Bfloat16.round(floats[i]));
          }
          sums.put(from, halves, 0, length);
        });
  }

  /** Makes a tensor's elements those of a chunk. */
  void store(ByteBuffer chunk, FloatBuffer tensor) {
    ShortBuffer heard = elements(chunk);
    eachBlock(
        tensor.capacity(),
        (from, length) -> {
          heard.get(from, halves, 0, length);
          for (int i = 0; i < length; i++) {
            floats[i] = Bfloat16.value(halves[i]);
          }
          tensor.put(from, floats, 0, length);
        });
  }
}
