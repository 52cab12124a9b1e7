package org.ijepa.mask;

/**
 * Samples whose masks have the same lengths: B samples, K context patches, M target blocks of T
 * patches. Patches are numbered in reading order.
 */
public final class MaskGroup {
  private final int[] members;
  private final int[][] context;
  private final int[][][] targets;

  MaskGroup(int[] members, int[][] context, int[][][] targets) {
    this.members = members;
    this.context = context;
    this.targets = targets;
  }

  /** B, number of samples. */
  public int size() {
    return members.length;
  }

  /** Which sample of the share is the i-th of the group. */
  public int member(int i) {
    return members[i];
  }

  /** Context patches of samples [from, to) of the group, ascending: (to - from) x K. */
  public int[][] context(int from, int to) {
    int[][] part = new int[to - from][];
    for (int i = from; i < to; i++) {
      part[i - from] = context[i].clone();
    }
    return part;
  }

  /** Target patches of samples [from, to) of the group, ascending: M x (to - from) x T. */
  public int[][][] targets(int from, int to) {
    int[][][] part = new int[targets.length][to - from][];
    for (int m = 0; m < targets.length; m++) {
      for (int i = from; i < to; i++) {
        part[m][i - from] = targets[m][i].clone();
      }
    }
    return part;
  }
}
