package org.ijepa.mask;

import java.util.function.IntFunction;

/**
 * The tries that the blocks of one image take, all of one step's sizes: targets first, then the
 * context, each top before left. What a try leaves, and what is kept of it, others say.
 */
abstract class BlockTries {
  /**
   * Failures before a rule is given up: a target's precedence, or the search for longer contexts.
   */
  private static final int PATIENCE = 20;

  /** Tries for any context at all, where the rules leave one but chance almost never does. */
  private static final int LAST_TRY = 10_000;

  final MaskRules rules;
  final BlockSizes sizes;
  private final int slack;

  BlockTries(MaskRules rules, BlockSizes sizes) {
    this.rules = rules;
    this.sizes = sizes;
    slack = rules.places() == MaskRules.Places.FULL ? 1 : 0;
  }

  /** Draws where the targets stand, one after another. */
  abstract void placeTargets(MaskDraws draws);

  /**
   * Draws where the context stands.
   *
   * @return how many of its patches are outside the first {@code constraining} targets
   */
  abstract int placeContext(MaskDraws draws, int constraining);

  /** The blocks as they stand are the best so far. */
  abstract void keep();

  /**
   * Places one image's blocks; what was kept last counts.
   *
   * @param draws the random numbers of try 0, 1, ...; only {@link MaskRules.Places#FULL} asks for
   *     more than those of try 0
   */
  final void run(IntFunction<MaskDraws> draws) {
    if (rules.places() == MaskRules.Places.FULL) {
      placeApart(draws);
    } else {
      placeRelaxing(draws.apply(0));
    }
  }

  /** As published: the context's place is drawn until enough is left; rules relax on the way. */
  private void placeRelaxing(MaskDraws draws) {
    placeTargets(draws);
    int constraining = rules.targets();
    int failures = 0;
    while (placeContext(draws, constraining) <= rules.minKeep()) {
      failures++;
      if (failures % PATIENCE == 0) {
        constraining = Math.max(0, constraining - 1);
      }
    }
    keep();
  }

  /** All blocks are drawn until enough is left of the context; then the longest is taken. */
  private void placeApart(IntFunction<MaskDraws> draws) {
    int longest = 0;
    for (int attempt = 0; attempt < LAST_TRY; attempt++) {
      MaskDraws random = draws.apply(attempt);
      placeTargets(random);
      int length = placeContext(random, rules.targets());
      boolean valid = length > rules.minKeep();
      if (valid || length > longest) {
        longest = length;
        keep();
      }
      if (valid || (attempt + 1 >= PATIENCE && longest > 0)) {
        return;
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

  /** A block as long as the side has one place, whatever the rules for places. */
  final int choices(int length) {
    return Math.max(1, rules.side() - length + slack);
  }
}
