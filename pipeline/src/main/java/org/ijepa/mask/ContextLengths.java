package org.ijepa.mask;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * How long contexts are that {@link BlockPlacer} places, counted without a look at a single patch,
 * of which large grids have too many. Holds scratch space: one thread at a time.
 */
final class ContextLengths extends BlockTries {
  private final int[] tops;
  private final int[] lefts;

  /** The targets from left to right. */
  private final int[] order;

  /** Rows at which targets within the context begin or end. */
  private final int[] edges;

  private int length;
  private int longest;

  ContextLengths(MaskRules rules, BlockSizes sizes) {
    super(rules, sizes);
    tops = new int[rules.targets()];
    lefts = new int[rules.targets()];
    order = new int[rules.targets()];
    edges = new int[2 * rules.targets()];
  }

  /** The length of the context that {@link BlockPlacer#place} gives for the same draws. */
  int of(IntFunction<MaskDraws> draws) {
    run(draws);
    return longest;
  }

  @Override
  void keep() {
    longest = length;
  }

  @Override
  void placeTargets(MaskDraws draws) {
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

  @Override
  int placeContext(MaskDraws draws, int constraining) {
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
    length = size.patches() - covered;
    return length;
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
}
