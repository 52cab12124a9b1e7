package org.ijepa.mask;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Places the blocks of one image after another, all of one step's sizes: targets first, then the
 * context, each top before left. Holds scratch space: one thread at a time.
 */
final class BlockPlacer {
  /**
   * Failures before a rule is given up: a target's precedence, or the search for longer contexts.
   */
  static final int PATIENCE = 20;

  /** Tries for any context at all, where the rules leave one but chance almost never does. */
  static final int LAST_TRY = 10_000;

  private final MaskRules rules;
  private final BlockSizes sizes;
  private final int side;
  private final int slack;

  /** For each patch the first target that covers it, or M. */
  private final int[] cover;

  /** The context's patches so far, and their number. */
  private final int[] kept;

  private int keptCount;

  BlockPlacer(MaskRules rules, BlockSizes sizes) {
    this.rules = rules;
    this.sizes = sizes;
    this.side = rules.side();
    this.slack = rules.places() == MaskRules.Places.FULL ? 1 : 0;
    this.cover = new int[side * side];
    this.kept = new int[side * side];
  }

  /**
   * Places one image's blocks.
   *
   * @param draws the random numbers of try 0, 1, ...; only {@link MaskRules.Places#FULL} asks for
   *     more than those of try 0
   */
  ImageMask place(IntFunction<MaskDraws> draws) {
    return rules.places() == MaskRules.Places.FULL
        ? placeApart(draws)
        : placeRelaxing(draws.apply(0));
  }

  /** As published: the context's place is drawn until enough is left; rules relax on the way. */
  private ImageMask placeRelaxing(MaskDraws draws) {
    int[][] targets = placeTargets(draws);
    int constraining = rules.targets();
    int failures = 0;
    while (!placeContext(draws, constraining)) {
      failures++;
      if (failures % PATIENCE == 0) {
        constraining = Math.max(0, constraining - 1);
      }
    }
    return new ImageMask(Arrays.copyOf(kept, keptCount), targets);
  }

  /** All blocks are drawn until enough is left of the context; then the longest is taken. */
  private ImageMask placeApart(IntFunction<MaskDraws> draws) {
    ImageMask longest = null;
    for (int attempt = 0; attempt < LAST_TRY; attempt++) {
      MaskDraws random = draws.apply(attempt);
      int[][] targets = placeTargets(random);
      boolean valid = placeContext(random, rules.targets());
      if (valid || keptCount > (longest == null ? 0 : longest.context().length)) {
        longest = new ImageMask(Arrays.copyOf(kept, keptCount), targets);
      }
      if (valid || (attempt + 1 >= PATIENCE && longest != null)) {
        return longest;
      }
    }
    throw new IllegalStateException(
        "targets of "
            + sizes.target()
            + " left nothing of a context of "
            + sizes.context()
            + " in "
            + LAST_TRY
            + " tries: lower mask.targets or mask.target-scale");
  }

  private int[][] placeTargets(MaskDraws draws) {
    BlockSize size = sizes.target();
    int[] tops = new int[rules.targets()];
    int[] lefts = new int[rules.targets()];
    int[][] targets = new int[rules.targets()][];
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
    return targets;
  }

  /**
   * Collects the block's patches outside the first {@code constraining} targets: are they valid?
   */
  private boolean placeContext(MaskDraws draws, int constraining) {
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
    return keptCount > rules.minKeep();
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

  /** A block as long as the side has one place, whatever the rules for places. */
  private int choices(int length) {
    return Math.max(1, side - length + slack);
  }
}
