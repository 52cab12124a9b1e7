package org.ijepa.source;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sizes of files, in four bytes each; the few of 4 GiB and more stand apart. */
final class SizeTable {
  private static final int PAGE = 1 << 20;
  private static final long APART = 0xffff_ffffL;

  private final int[][] pages;
  private final Map<Long, Long> large;

  private SizeTable(int[][] pages, Map<Long, Long> large) {
    this.pages = pages;
    this.large = large;
  }

  long get(long index) {
    long bytes = Integer.toUnsignedLong(pages[(int) (index / PAGE)][(int) (index % PAGE)]);
    return bytes == APART ? large.get(index) : bytes;
  }

  /** Takes sizes in order. */
  static final class Builder {
    private final List<int[]> pages = new ArrayList<>();
    private final Map<Long, Long> large = new HashMap<>();
    private int[] page = new int[1024];
    private int used;

    void add(long bytes) {
      if (used == PAGE) {
        pages.add(page);
        page = new int[PAGE];
        used = 0;
      } else if (used == page.length) {
        page = Arrays.copyOf(page, 2 * used);
      }
      if (bytes >= APART) {
        large.put((long) pages.size() * PAGE + used, bytes);
        page[used++] = (int) APART;
      } else {
        page[used++] = (int) bytes;
      }
    }

    SizeTable build() {
      pages.add(Arrays.copyOf(page, used));
      return new SizeTable(pages.toArray(int[][]::new), Map.copyOf(large));
    }
  }
}
