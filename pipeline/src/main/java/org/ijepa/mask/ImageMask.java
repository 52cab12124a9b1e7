package org.ijepa.mask;

/** The blocks of one image before its context is cut to its group's length. */
final class ImageMask {
  private final int[] context;
  private final int[][] targets;

  ImageMask(int[] context, int[][] targets) {
    this.context = context;
    this.targets = targets;
  }

  /** Context patches, ascending. */
  int[] context() {
    return context;
  }

  /** M target blocks, the patches of each ascending. */
  int[][] targets() {
    return targets;
  }
}
