package org.ijepa.mask;

import java.util.Comparator;
import java.util.Set;
import org.ijepa.order.Divisors;

/**
 * How masks are drawn. The four switches tell the published sampler and its corrections apart; two
 * presets set them all. Scales are fractions of the image's patches, aspects are height / width.
 *
 * @param side patches along the image's side
 * @param targets M, target blocks an image
 * @param minTargetScale least scale of a target block
 * @param maxTargetScale largest scale of a target block
 * @param minTargetAspect least aspect of a target block
 * @param maxTargetAspect largest aspect of a target block
 * @param minContextScale least scale of the context block, which is square
 * @param maxContextScale largest scale of the context block
 * @param minKeep a block is valid with more patches than this
 * @param draws how many numbers make a size
 * @param places where blocks may lie, and what is done about a context that is left too small
 * @param cap how high and wide a block may be
 * @param cut which samples are cut to a common context length, and what is cut off
 * @param groupSize samples cut to one length; with {@link Cut#PREFIX} without effect
 */
public record MaskRules(
    int side,
    int targets,
    double minTargetScale,
    double maxTargetScale,
    double minTargetAspect,
    double maxTargetAspect,
    double minContextScale,
    double maxContextScale,
    int minKeep,
    Draws draws,
    Places places,
    Cap cap,
    Cut cut,
    int groupSize) {

  /** How many random numbers make a block's size. */
  public enum Draws {
    /** One sets scale and aspect together, as published: large blocks are always tall. */
    ONE,
    /** Scale and aspect have a number each. */
    TWO
  }

  /** Where blocks may lie. */
  public enum Places {
    /**
     * Tops and lefts of 0 ... side - size - 1, as published: last row and column are never used. A
     * context left with too few patches is placed again; after each 20 failures one more target,
     * the last first, may overlap it.
     */
    SHORT,
    /**
     * Tops and lefts of 0 ... side - size. If too few patches are left to the context, all blocks
     * are placed again; after 20 tries the longest context is taken. Nothing ever overlaps.
     */
    FULL
  }

  /** How high and wide a block may be. */
  public enum Cap {
    /** At most side - 1, as published. */
    BELOW_SIDE,
    /** At most side. */
    SIDE
  }

  /** How contexts are cut to a common length. */
  public enum Cut {
    /** A stream's share is one group, cut to its first patches in reading order, as published. */
    PREFIX,
    /**
     * The share is sorted by context length and cut in groups of {@code groupSize}; what is too
     * much is a keyed random subset.
     */
    RANDOM_SUBSET
  }

  /**
   * Checks the rules.
   *
   * @throws IllegalArgumentException if a value is outside its range, or if a size can be drawn for
   *     which no mask is valid
   */
  public MaskRules {
    require(side >= 2, "the patch grid is " + grid(side) + ": it needs at least 2 x 2");
    require(targets >= 1, "mask.targets = " + targets + ": at least 1 is needed");
    requireScales("target-scale", minTargetScale, maxTargetScale);
    requireScales("context-scale", minContextScale, maxContextScale);
    require(
        0 < minTargetAspect
            && minTargetAspect <= maxTargetAspect
            && maxTargetAspect < Double.POSITIVE_INFINITY,
        "mask.target-aspect = "
            + range(minTargetAspect, maxTargetAspect)
            + ": two positive numbers are needed, the smaller first");
    require(minKeep >= 0, "mask.min-keep = " + minKeep + " must not be negative");
    require(groupSize >= 1, "mask.group-size = " + groupSize + ": at least 1 is needed");
    int longest = longest(side, cap);
    Set<BlockSize> targetSizes =
        new BlockRange(
                side, minTargetScale, maxTargetScale, minTargetAspect, maxTargetAspect, longest)
            .all(draws);
    Set<BlockSize> contextSizes =
        new BlockRange(side, minContextScale, maxContextScale, 1, 1, longest).all(draws);
    requireValid("target", smallest(targetSizes), side, minKeep);
    requireValid("context", smallest(contextSizes), side, minKeep);
    if (places == Places.FULL) {
      requireContextBesideTargets(targetSizes, contextSizes, side, minKeep);
    }
  }

  /** The published sampler, with the published sizes, to reproduce published recipes. */
  public static MaskRules reference(int side) {
    return published(side, Draws.ONE, Places.SHORT, Cap.BELOW_SIDE, Cut.PREFIX, 128);
  }

  /** The published sizes without the published sampler's defects. */
  public static MaskRules corrected(int side) {
    return published(side, Draws.TWO, Places.FULL, Cap.SIDE, Cut.RANDOM_SUBSET, 32);
  }

  /**
   * How many samples of a stream's share of a step are cut to one length.
   *
   * @param share samples that a stream gives to a step
   * @throws IllegalArgumentException if the group does not divide the share
   */
  public int groupIn(int share) {
    if (cut == Cut.PREFIX) {
      return share;
    }
    if (share < 1 || share % groupSize != 0) {
      throw new IllegalArgumentException(
          "mask.group-size = "
              + groupSize
              + " does not divide the "
              + share
              + " samples that a stream gives to a step (optimization.global-batch /"
              + " order.streams): nearest values that fit: "
              + Divisors.nearestText(Math.max(1, share), groupSize));
    }
    return groupSize;
  }

  /**
   * The fewest patches of a block that can be drawn.
   *
   * @param side patches along the image's side
   * @param scales smallest and largest share of the image
   * @param aspects smallest and largest height over width
   */
  public static int smallestBlock(
      int side, Draws draws, Cap cap, double[] scales, double[] aspects) {
    BlockRange range =
        new BlockRange(side, scales[0], scales[1], aspects[0], aspects[1], longest(side, cap));
    return smallest(range.all(draws)).patches();
  }

  BlockRange targetRange() {
    return new BlockRange(
        side, minTargetScale, maxTargetScale, minTargetAspect, maxTargetAspect, longest(side, cap));
  }

  BlockRange contextRange() {
    return new BlockRange(side, minContextScale, maxContextScale, 1, 1, longest(side, cap));
  }

  private static MaskRules published(
      int side, Draws draws, Places places, Cap cap, Cut cut, int groupSize) {
    return new MaskRules(
        side, 4, 0.15, 0.2, 0.75, 1.5, 0.85, 1.0, 10, draws, places, cap, cut, groupSize);
  }

  private static int longest(int side, Cap cap) {
    return cap == Cap.SIDE ? side : side - 1;
  }

  private static BlockSize smallest(Set<BlockSize> sizes) {
    return sizes.stream().min(Comparator.comparingInt(BlockSize::patches)).orElseThrow();
  }

  private static void requireScales(String key, double min, double max) {
    require(
        0 < min && min <= max && max <= 1,
        "mask."
            + key
            + " = "
            + range(min, max)
            + ": two numbers above 0 and up to 1 are needed, the smaller first");
  }

  private static void requireValid(String kind, BlockSize size, int side, int minKeep) {
    require(
        size.patches() > minKeep,
        "on a grid of "
            + grid(side)
            + " patches a "
            + kind
            + " of "
            + size
            + " can be drawn, which is not more than mask.min-keep = "
            + minKeep
            + " patches: lower mask.min-keep below "
            + size.patches()
            + " or raise mask."
            + kind
            + "-scale");
  }

  /** The same for groups of another size. */
  public MaskRules withGroupSize(int size) {
    return new MaskRules(
        side,
        targets,
        minTargetScale,
        maxTargetScale,
        minTargetAspect,
        maxTargetAspect,
        minContextScale,
        maxContextScale,
        minKeep,
        draws,
        places,
        cap,
        cut,
        size);
  }

  /** A context is largest when all targets lie in the corner opposite to its own. */
  private static void requireContextBesideTargets(
      Set<BlockSize> targetSizes, Set<BlockSize> contextSizes, int side, int minKeep) {
    for (BlockSize context : contextSizes) {
      for (BlockSize target : targetSizes) {
        int rows = Math.max(0, context.height() + target.height() - side);
        int columns = Math.max(0, context.width() + target.width() - side);
        int left = context.patches() - rows * columns;
        require(
            left > minKeep,
            "on a grid of "
                + grid(side)
                + " patches a context of "
                + context
                + " beside a target of "
                + target
                + " keeps at most "
                + left
                + " patches, which is not more than mask.min-keep = "
                + minKeep
                + ": lower mask.min-keep or mask.target-scale");
      }
    }
  }

  private static String grid(int side) {
    return side + " x " + side;
  }

  private static String range(double min, double max) {
    return "[" + min + ", " + max + "]";
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
