package org.ijepa.mask;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Places the blocks of one image after another, all of one step's sizes. Holds scratch space: one
 * thread at a time.
 */
final class BlockPlacer extends BlockTries {
  private final int side;

  /** For each patch the first target that covers it, or M. */
  private final int[] cover;

  /** The context's patches so far, and their number. */
  private final int[] kept;

  private int keptCount;
  private int[][] targets = {};
  private ImageMask best;

  BlockPlacer(MaskRules rules, BlockSizes sizes) {
    super(rules, sizes);
    side = rules.side();
    cover = new int[side * side];
    kept = new int[side * side];
  }

  /** Places one image's blocks, as {@link #run} does. */
  ImageMask place(IntFunction<MaskDraws> draws) {
    run(draws);
    return best;
  }

  @Override
  void placeTargets(MaskDraws draws) {
    BlockSize size = sizes.target();
    int[] tops = new int[rules.targets()];
    int[] lefts = new int[rules.targets()];
    targets = new int[rules.targets()][];
    for (int m = 0; m < targets.length; m++) {
      tops[m] = draws.below(choices(size.height()));
      lefts[m] = draws.below(choices(size.width()));
      targets[m] = patches(size, tops[m], lefts[m]);
    }
    Arrays.fill(cover, targets.length);
    for (int m = targets.length - 1; m >= 0; m--) {
      for (int row = tops[m]; row < tops[m] + size.height(); row++) {
        int start = row * side + lefts[m];
        Arrays.fill(cover, start, start + size.width(), m);
      }
    }
  }

  /** Collects the block's patches outside those targets. */
  @Override
  int placeContext(MaskDraws draws, int constraining) {
    BlockSize size = sizes.context();
    int top = draws.below(choices(size.height()));
    int left = draws.below(choices(size.width()));
    keptCount = 0;
    for (int row = top; row < top + size.height(); row++) {
      int start = row * side + left;
      for (int patch = start; patch < start + size.width(); patch++) {
        if (cover[patch] >= constraining) {
          kept[keptCount++] = patch;
        }
      }
    }
    return keptCount;
  }

  @Override
  void keep() {
    best = new ImageMask(Arrays.copyOf(kept, keptCount), targets);
  }

  private int[] patches(BlockSize size, int top, int left) {
    int[] patches = new int[size.patches()];
    int count = 0;
    for (int row = top; row < top + size.height(); row++) {
      int start = row * side + left;
      for (int patch = start; patch < start + size.width(); patch++) {
        patches[count++] = patch;
      }
    }
    return patches;
  }
}
