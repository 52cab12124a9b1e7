package org.ijepa.probe;

import org.ijepa.random.KeyedRandom;

/** The order in which a probe's training takes its samples. */
public final class Shuffle {
  private Shuffle() {}

  /** The numbers [0, count), each order equally likely. */
  public static int[] of(int count, KeyedRandom random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
