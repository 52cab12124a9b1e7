package org.ijepa.source;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys, of which each stands as its difference to the one before it; every {@value #BLOCK}th stands
 * whole, so that any is found by reading at most that many. A million paths of 40 bytes take about
 * 15 MB.
 */
final class KeyTable {
  static final int BLOCK = 16;

  /** Pages, since an array ends at 2 GiB. */
  private static final int PAGE_BLOCKS = 1 << 16;

  private final byte[][] pages;
  private final int[][] blockStarts;
  private final long count;

  private KeyTable(byte[][] pages, int[][] blockStarts, long count) {
    this.pages = pages;
    this.blockStarts = blockStarts;
    this.count = count;
  }

  long count() {
    return count;
  }

  /** The key at {@code index} as UTF-8. */
  byte[] utf8(long index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample %d of an index of %d".formatted(index, count));
    }
    long block = index / BLOCK;
    byte[] page = pages[(int) (block / PAGE_BLOCKS)];
    int at = blockStarts[(int) (block / PAGE_BLOCKS)][(int) (block % PAGE_BLOCKS)];
    byte[] key = new byte[0];
    for (int i = 0; i <= index % BLOCK; i++) {
      int[] next = {at};
      int shared = number(page, next);
      int rest = number(page, next);
      key = Arrays.copyOf(key, shared + rest);
      System.arraycopy(page, next[0], key, shared, rest);
      at = next[0] + rest;
    }
    return key;
  }

  String key(long index) {
    return new String(utf8(index), StandardCharsets.UTF_8);
  }

  private static int number(byte[] from, int[] at) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = from[at[0]++];
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }

  /** Takes keys in ascending order of their bytes, or where that is said, in any. */
  static final class Builder {
    private final java.util.List<byte[]> pages = new java.util.ArrayList<>();
    private final java.util.List<int[]> starts = new java.util.ArrayList<>();
    private ByteArrayOutputStream page = new ByteArrayOutputStream();
    private int[] blockStarts = new int[16];
    private int blocks;
    private long count;
    private byte[] last = new byte[0];
    private boolean ascending = true;

    static Builder inAnyOrder() {
      Builder builder = new Builder();
      builder.ascending = false;
      return builder;
    }

    void add(byte[] key) {
      if (ascending && count > 0 && Arrays.compareUnsigned(last, key) >= 0) {
        throw new IllegalArgumentException(
            "keys must ascend: %s after %s"
                .formatted(
                    new String(key, StandardCharsets.UTF_8),
                    new String(last, StandardCharsets.UTF_8)));
      }
      int shared = 0;
      if (count % BLOCK == 0) {
        if (blocks == PAGE_BLOCKS) {
          finishPage();
        }
        if (blocks == blockStarts.length) {
          blockStarts = Arrays.copyOf(blockStarts, 2 * blocks);
        }
        blockStarts[blocks++] = page.size();
      } else {
        int mismatch = Arrays.mismatch(last, key);
        shared = mismatch < 0 ? key.length : mismatch;
      }
      number(shared);
      number(key.length - shared);
      page.write(key, shared, key.length - shared);
      last = key;
      count++;
    }

    private void number(int value) {
      int rest = value;
      while (rest >= 0x80) {
        page.write((rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      page.write(rest);
    }

    private void finishPage() {
      pages.add(page.toByteArray());
      starts.add(Arrays.copyOf(blockStarts, blocks));
      page = new ByteArrayOutputStream();
      blocks = 0;
    }

    KeyTable build() {
      finishPage();
      return new KeyTable(pages.toArray(byte[][]::new), starts.toArray(int[][]::new), count);
    }
  }
}
