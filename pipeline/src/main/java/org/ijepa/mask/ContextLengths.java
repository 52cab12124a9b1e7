package org.ijepa.mask;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * How long contexts are that {@link BlockPlacer} places, counted without a look at a single patch,
 * of which large grids have too many. Holds scratch space: one thread at a time.
 */
final class ContextLengths {
  private final MaskRules rules;
  private final BlockSizes sizes;
  private final int slack;
  private final int[] tops;
  private final int[] lefts;

  /** The targets from left to right. */
  private final int[] order;

  /** Rows at which targets within the context begin or end. */
  private final int[] edges;

  ContextLengths(MaskRules rules, BlockSizes sizes) {
    this.rules = rules;
    this.sizes = sizes;
    slack = rules.places() == MaskRules.Places.FULL ? 1 : 0;
    tops = new int[rules.targets()];
    lefts = new int[rules.targets()];
    order = new int[rules.targets()];
    edges = new int[2 * rules.targets()];
  }

  /** The length of the context that {@link BlockPlacer#place} gives for the same draws. */
  int of(IntFunction<MaskDraws> draws) {
    return rules.places() == MaskRules.Places.FULL ? apart(draws) : relaxing(draws.apply(0));
  }

  private int relaxing(MaskDraws draws) {
    placeTargets(draws);
    int constraining = rules.targets();
    for (int failures = 1; ; failures++) {
      int length = placeContext(draws, constraining);
      if (length > rules.minKeep()) {
        return length;
      }
      if (failures % BlockPlacer.PATIENCE == 0) {
        constraining = Math.max(0, constraining - 1);
      }
    }
  }

  private int apart(IntFunction<MaskDraws> draws) {
    int longest = 0;
    for (int attempt = 0; attempt < BlockPlacer.LAST_TRY; attempt++) {
      MaskDraws random = draws.apply(attempt);
      placeTargets(random);
      int length = placeContext(random, rules.targets());
      if (length > rules.minKeep()) {
        return length;
      }
      longest = Math.max(longest, length);
      if (attempt + 1 >= BlockPlacer.PATIENCE && longest > 0) {
        return longest;
      }
    }
    // It fails alike, and says why.
    return new BlockPlacer(rules, sizes).place(draws).context().length;
  }

  private void placeTargets(MaskDraws draws) {
    for (int m = 0; m < tops.length; m++) {
      tops[m] = draws.below(choices(sizes.target().height()));
      lefts[m] = draws.below(choices(sizes.target().width()));
      int at = m;
      for (; at > 0 && lefts[order[at - 1]] > lefts[m]; at--) {
        order[at] = order[at - 1];
      }
      order[at] = m;
    }
  }

  /** Patches of the context that the first {@code constraining} targets leave. */
  private int placeContext(MaskDraws draws, int constraining) {
    BlockSize size = sizes.context();
    int top = draws.below(choices(size.height()));
    int left = draws.below(choices(size.width()));
    int count = 0;
    for (int m = 0; m < constraining; m++) {
      int from = Math.max(top, tops[m]);
      int to = Math.min(top + size.height(), tops[m] + sizes.target().height());
      if (from < to) {
        edges[count++] = from;
        edges[count++] = to;
      }
    }
    Arrays.sort(edges, 0, count);
    int covered = 0;
    for (int i = 1; i < count; i++) {
      int rows = edges[i] - edges[i - 1];
      if (rows > 0) {
        covered += rows * columns(edges[i - 1], left, constraining);
      }
    }
    return size.patches() - covered;
  }

  /** Columns of the context that targets cover in a row. */
  private int columns(int row, int left, int constraining) {
    int end = left + sizes.context().width();
    int covered = 0;
    int reached = left;
    for (int m : order) {
      boolean isThere = tops[m] <= row && row < tops[m] + sizes.target().height();
      int to = Math.min(end, lefts[m] + sizes.target().width());
      int from = Math.max(reached, lefts[m]);
      if (m < constraining && isThere && to > from) {
        covered += to - from;
        reached = to;
      }
    }
    return covered;
  }

  private int choices(int length) {
    return Math.max(1, rules.side() - length + slack);
  }
}
