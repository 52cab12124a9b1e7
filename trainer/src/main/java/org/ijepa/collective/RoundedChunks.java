package org.ijepa.collective;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Chunks of elements that travel as bfloat16, beside the floats of a tensor. Used by one thread.
 *
 * <p>Two elements share a word of 32 bits: of each block of a chunk, those of its first half are
 * the lower halves of words, and those of the second the upper. So every loop goes through whole
 * arrays of words, without a branch, and the compiler makes vector instructions of it.
 */
final class RoundedChunks {
  /** Elements that are worked on at once, in the nearest of the processor's caches. */
  private static final int BLOCK = 1 << 11;

  private static final int UPPER = 0xFFFF0000;

  private final int[] words = new int[BLOCK / 2];
  private final int[] bits = new int[BLOCK];
  private final float[] sum = new float[BLOCK];
  private final float[] own = new float[BLOCK];

  /** The same memory as integers and as floats. */
  private final IntBuffer asBits;

  private final FloatBuffer asFloats;

  RoundedChunks() {
    ByteBuffer memory =
        ByteBuffer.allocateDirect(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
    asBits = memory.asIntBuffer();
    asFloats = memory.asFloatBuffer();
  }

  private interface Block {
    void at(int from, int length);
  }

  private static void eachBlock(int count, Block block) {
    for (int from = 0; from < count; from += BLOCK) {
      block.at(from, Math.min(BLOCK, count - from));
    }
  }

  /** Bytes of a chunk: an odd element has a word of its own. */
  static int bytes(int elements) {
    return words(elements) * Integer.BYTES;
  }

  private static int words(int elements) {
    return (elements + 1) / 2;
  }

  /** All of a chunk, wherever its position is. */
  private static IntBuffer words(ByteBuffer chunk) {
    return chunk.duplicate().rewind().order(chunk.order()).asIntBuffer();
  }

  private static void round(int[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Bfloat16.upper(values[i]);
    }
  }

  private static void pack(int[] values, int[] words, int count) {
    for (int i = 0; i < count; i++) {
      words[i] = (values[i] >>> 16) | (values[count + i] & UPPER);
    }
  }

  private static void unpack(int[] words, int[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = words[i] << 16;
    }
    for (int i = 0; i < count; i++) {
      values[count + i] = words[i] & UPPER;
    }
  }

  private static void add(float[] sum, float[] own) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += own[i];
    }
  }

  private static void clearLower(int[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] &= UPPER;
    }
  }

  /** Fills a chunk with a tensor's elements, rounded. */
  void fill(ByteBuffer chunk, ByteBuffer tensor) {
    IntBuffer from = tensor.asIntBuffer();
    IntBuffer to = words(chunk);
    eachBlock(
        from.capacity(),
        (at, length) -> {
          from.get(at, bits, 0, length);
          round(bits);
          put(to, at, length);
        });
  }

  /** Adds a tensor's elements, rounded, to those of a chunk, and rounds the sums. */
  void add(ByteBuffer chunk, ByteBuffer tensor) {
    IntBuffer from = tensor.asIntBuffer();
    IntBuffer sums = words(chunk);
    eachBlock(
        from.capacity(),
        (at, length) -> {
          get(sums, at, length);
          asBits.put(0, bits);
          asFloats.get(0, sum);
          from.get(at, bits, 0, length);
          round(bits);
          clearLower(bits);
          asBits.put(0, bits);
          asFloats.get(0, own);
          add(sum, own);
          asFloats.put(0, sum);
          asBits.get(0, bits);
          round(bits);
          put(sums, at, length);
        });
  }

  /** Makes a tensor's elements those of a chunk. */
  void store(ByteBuffer chunk, ByteBuffer tensor) {
    IntBuffer heard = words(chunk);
    IntBuffer to = tensor.asIntBuffer();
    eachBlock(
        to.capacity(),
        (at, length) -> {
          get(heard, at, length);
          to.put(at, bits, 0, length);
        });
  }

  private void put(IntBuffer chunk, int at, int length) {
    pack(bits, words, words(length));
    chunk.put(at / 2, words, 0, words(length));
  }

  private void get(IntBuffer chunk, int at, int length) {
    chunk.get(at / 2, words, 0, words(length));
    unpack(words, bits, words(length));
  }
}
