package org.ijepa.mask;

/**
 * How masks are drawn. The last four switches tell the published sampler from the corrected one;
 * each can be set by itself.
 *
 * @param side patches along a side of the grid
 * @param targets M, target blocks of an image
 * @param targetScale area of a target block, share of the grid
 * @param targetAspect height over width of a target block
 * @param contextScale area of the context block, share of the grid (its aspect is 1)
 * @param minKeep a block, and what is left of the context block, has more patches than this
 * @param groupSize samples of a mask group where {@code cut} is {@link Cut#RANDOM_SUBSET}
 */
public record MaskRules(
    int side,
    int targets,
    Range targetScale,
    Range targetAspect,
    Range contextScale,
    int minKeep,
    int groupSize,
    Draws draws,
    Places places,
    Cap cap,
    Cut cut) {

  /** A closed range of numbers. */
  public record Range(double from, double to) {
    double at(double share) {
      return from + share * (to - from);
    }
  }

  /** Random numbers for a target's size. */
  public enum Draws {
    /** One sets scale and aspect together, as published. */
    ONE,
    /** One for the scale, one for the aspect. */
    TWO
  }

  /** Where blocks can begin, and what happens when too little context remains. */
  public enum Places {
    /**
     * As published: from 0 to side - size - 1; after each 20 failures one more target, the last
     * first, stops constraining the context.
     */
    SHORT,
    /** From 0 to side - size; all blocks are drawn again, so that no target meets the context. */
    FULL
  }

  /** The largest block. */
  public enum Cap {
    /** One patch less than the side, as published. */
    BELOW_SIDE,
    /** The full side. */
    SIDE
  }

  /** How contexts of different lengths become one length. */
  public enum Cut {
    /**
     * A stream's share of a step is a group; the first patches in reading order stay, as published.
     */
    PREFIX,
    /** Groups of similar length; a keyed random subset stays. */
    RANDOM_SUBSET
  }

  private static final Range TARGET_SCALE = new Range(0.15, 0.2);
  private static final Range TARGET_ASPECT = new Range(0.75, 1.5);
  private static final Range CONTEXT_SCALE = new Range(0.85, 1.0);
  private static final int GROUP = 32;

  public MaskRules {
    check(side >= 2, "a grid of " + side + " x " + side + " patches");
    check(targets >= 1, targets + " target blocks");
    check(minKeep >= 0, "min-keep " + minKeep);
    check(groupSize >= 1, "groups of " + groupSize);
    checkRange("target scale", targetScale, 1);
    checkRange("context scale", contextScale, 1);
    checkRange("target aspect", targetAspect, Double.MAX_VALUE);
  }

  /** The published sampler with the published numbers. */
  public static MaskRules reference(int side) {
    return new MaskRules(
        side,
        4,
        TARGET_SCALE,
        TARGET_ASPECT,
        CONTEXT_SCALE,
        10,
        GROUP,
        Draws.ONE,
        Places.SHORT,
        Cap.BELOW_SIDE,
        Cut.PREFIX);
  }

  /** The corrected sampler with the published numbers. */
  public static MaskRules corrected(int side) {
    return new MaskRules(
        side,
        4,
        TARGET_SCALE,
        TARGET_ASPECT,
        CONTEXT_SCALE,
        10,
        GROUP,
        Draws.TWO,
        Places.FULL,
        Cap.SIDE,
        Cut.RANDOM_SUBSET);
  }

  /** Patches of the grid. */
  public int patches() {
    return side * side;
  }

  private static void checkRange(String name, Range range, double most) {
    check(
        range.from() > 0 && range.from() <= range.to() && range.to() <= most,
        name + " from " + range.from() + " to " + range.to());
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("masks cannot be drawn with " + what);
    }
  }
}
