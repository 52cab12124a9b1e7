package org.ijepa.mask;

import java.util.Arrays;
import org.ijepa.mask.MaskRules.Places;

/** The blocks of one image: M targets of T patches, and the context patches before cutting. */
final class ImageMasks {
  private static final int TRIES_PER_RELAXATION = 20;

  private final int[][] targets;
  private final int[] context;

  private ImageMasks(int[][] targets, int[] context) {
    this.targets = targets;
    this.context = context;
  }

  int[] target(int block) {
    return targets[block];
  }

  int[] context() {
    return context;
  }

  /**
   * Draws the targets, then context blocks until more than {@code minKeep} patches remain. With
   * {@link Places#SHORT} targets stop constraining one after another; with {@link Places#FULL} one
   * context block is drawn, and the caller judges what remains.
   */
  static ImageMasks draw(MaskRules rules, BlockSizes sizes, BlockDraws draws) {
    int side = rules.side();
    int[][] targets = new int[rules.targets()][];
    for (int m = 0; m < targets.length; m++) {
      targets[m] = block(rules, sizes.targetHeight(), sizes.targetWidth(), draws);
    }
    boolean[] taken = new boolean[side * side];
    for (int tries = 1; ; tries++) {
      int[] block = block(rules, sizes.contextHeight(), sizes.contextWidth(), draws);
      int relaxed = (tries - 1) / TRIES_PER_RELAXATION;
      int constraining = Math.max(0, targets.length - relaxed);
      int[] context = without(block, targets, constraining, taken);
      if (rules.places() == Places.FULL || context.length > rules.minKeep()) {
        return new ImageMasks(targets, context);
      }
    }
  }

  /** Patches of a block at a drawn place, in reading order. */
  private static int[] block(MaskRules rules, int height, int width, BlockDraws draws) {
    int side = rules.side();
    int more = rules.places() == Places.FULL ? 1 : 0;
    int top = draws.below(side - height + more);
    int left = draws.below(side - width + more);
    int[] patches = new int[height * width];
    int at = 0;
    for (int row = top; row < top + height; row++) {
      for (int column = left; column < left + width; column++) {
        patches[at++] = row * side + column;
      }
    }
    return patches;
  }

  private static int[] without(int[] block, int[][] targets, int constraining, boolean[] taken) {
    Arrays.fill(taken, false);
    for (int m = 0; m < constraining; m++) {
      for (int patch : targets[m]) {
        taken[patch] = true;
      }
    }
    int[] left = new int[block.length];
    int count = 0;
    for (int patch : block) {
      if (!taken[patch]) {
        left[count++] = patch;
      }
    }
    return Arrays.copyOf(left, count);
  }
}
