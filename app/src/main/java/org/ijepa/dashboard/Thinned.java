package org.ijepa.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * A long sequence in bounded memory: where it has grown past a limit, neighbours become one, again
 * and again. The same items give the same result, however they arrive.
 */
final class Thinned<T> {
  private final int limit;
  private final BinaryOperator<T> merge;
  private final List<T> items = new ArrayList<>();
  private T pending;
  private int inPending;
  private int stride = 1;

  /**
   * An empty sequence.
   *
   * @param limit even; so many items are kept, or one more
   * @param merge of an earlier item and a later one
   */
  Thinned(int limit, BinaryOperator<T> merge) {
    this.limit = limit;
    this.merge = merge;
  }

  void add(T item) {
    pending = inPending == 0 ? item : merge.apply(pending, item);
    inPending++;
    if (inPending == stride) {
      items.add(pending);
      inPending = 0;
      if (items.size() == limit) {
        halve();
      }
    }
  }

  private void halve() {
    for (int i = 0; i < limit / 2; i++) {
      items.set(i, merge.apply(items.get(2 * i), items.get(2 * i + 1)));
    }
    items.subList(limit / 2, limit).clear();
    stride *= 2;
  }

  /** What is kept, in order; the last item has taken part in the last of it. */
  List<T> items() {
    List<T> all = new ArrayList<>(items);
    if (inPending > 0) {
      all.add(pending);
    }
    return all;
  }
}
