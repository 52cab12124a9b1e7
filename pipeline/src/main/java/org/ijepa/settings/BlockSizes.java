package org.ijepa.settings;

import org.ijepa.mask.MaskRules;

/**
 * The sizes that mask blocks can have: enough of the sampler's arithmetic to refuse settings that
 * leave it no valid block.
 */
final class BlockSizes {
  /**
   * Draws are tried on so fine a lattice; sizes are whole patches, so that no size hides between
   * two of them for long.
   */
  private static final int LATTICE = 512;

  private BlockSizes() {}

  /** The fewest patches that a drawn size can have on a grid of {@code side} x {@code side}. */
  static int smallest(
      int side, MaskRules.Cap cap, MaskRules.Draws draws, Range scale, Range aspect) {
    int smallest = Integer.MAX_VALUE;
    int most = cap == MaskRules.Cap.SIDE ? side : side - 1;
    for (int i = 0; i <= LATTICE; i++) {
      int patches = (int) Math.floor(at(scale, i) * side * side);
      int firstAspect = draws == MaskRules.Draws.ONE ? i : 0;
      int lastAspect = draws == MaskRules.Draws.ONE ? i : LATTICE;
      for (int j = firstAspect; j <= lastAspect; j++) {
        int height = (int) Math.rint(Math.sqrt(patches * at(aspect, j)));
        int width = (int) Math.rint(Math.sqrt(patches / at(aspect, j)));
        smallest = Math.min(smallest, Math.min(height, most) * Math.min(width, most));
      }
    }
    return smallest;
  }

  private static double at(Range range, int i) {
    return range.from() + (range.to() - range.from()) * i / LATTICE;
  }
}
