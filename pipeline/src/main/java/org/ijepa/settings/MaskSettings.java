package org.ijepa.settings;

import java.util.Map;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskRules.Cap;
import org.ijepa.mask.MaskRules.Cut;
import org.ijepa.mask.MaskRules.Draws;
import org.ijepa.mask.MaskRules.Places;

/**
 * Multi-block masks.
 *
 * @param mode the preset that gave the switches their defaults
 * @param draws random numbers for a block's size
 * @param places where blocks may stand
 * @param cap how large blocks may be
 * @param cut how a group's contexts come to one length
 * @param groupSize samples cut to one length; with {@link Cut#PREFIX} it is the stream's share of a
 *     step
 * @param targets target blocks an image
 * @param targetScale share of the patches in a target block
 * @param targetAspect height over width of a target block
 * @param contextScale share of the patches in the context block
 * @param minKeep a block is valid with more patches than this
 */
public record MaskSettings(
    Mode mode,
    Draws draws,
    Places places,
    Cap cap,
    Cut cut,
    int groupSize,
    int targets,
    Range targetScale,
    Range targetAspect,
    Range contextScale,
    int minKeep) {

  /** Presets of the four switches. */
  public enum Mode {
    /** As published, with its defects. */
    REFERENCE(Draws.ONE, Places.SHORT, Cap.BELOW_SIDE, Cut.PREFIX),
    /** Covers the whole image and throws less context away. */
    CORRECTED(Draws.TWO, Places.FULL, Cap.SIDE, Cut.RANDOM_SUBSET);

    private final Draws draws;
    private final Places places;
    private final Cap cap;
    private final Cut cut;

    Mode(Draws draws, Places places, Cap cap, Cut cut) {
      this.draws = draws;
      this.places = places;
      this.cap = cap;
      this.cut = cut;
    }

    Draws draws() {
      return draws;
    }

    Places places() {
      return places;
    }

    Cap cap() {
      return cap;
    }

    Cut cut() {
      return cut;
    }
  }

  private static final int MOST_TARGETS = 64;

  public MaskSettings {
    Check.atLeast("mask.group-size", groupSize, 1);
    if (targets < 1 || targets > MOST_TARGETS) {
      throw ConfigurationError.of("mask.targets", targets, "be 1 - " + MOST_TARGETS);
    }
    Check.within("mask.target-scale", targetScale, 0, 1);
    Check.within("mask.target-aspect", targetAspect, 0, 100);
    Check.within("mask.context-scale", contextScale, 0, 1);
    Check.atLeast("mask.min-keep", minKeep, 0);
  }

  /**
   * Refuses sizes that can never be valid on a square grid of {@code side} x {@code side} patches:
   * a sampler would draw for ever.
   */
  void checkGrid(int side) {
    int patches = side * side;
    if (minKeep >= patches) {
      throw ConfigurationError.of(
          "mask.min-keep",
          minKeep,
          "be below the " + patches + " patches of a " + side + " x " + side + " grid");
    }
    int smallestTarget = smallest(side, targetScale, targetAspect);
    if (smallestTarget <= minKeep) {
      throw ConfigurationError.of(
          "mask.min-keep",
          minKeep,
          "be below "
              + smallestTarget
              + ", the patches of the smallest target block on a "
              + side
              + " x "
              + side
              + " grid, or mask.target-scale larger");
    }
    int smallestContext = smallest(side, contextScale, new Range(1, 1));
    if (smallestContext <= minKeep) {
      throw ConfigurationError.of(
          "mask.min-keep",
          minKeep,
          "be below "
              + smallestContext
              + ", the patches of the smallest context block, or mask.context-scale larger");
    }
  }

  private int smallest(int side, Range scale, Range aspect) {
    return MaskRules.smallestBlock(
        side,
        draws,
        cap,
        new double[] {scale.from(), scale.to()},
        new double[] {aspect.from(), aspect.to()});
  }

  Map<String, Object> values() {
    return Values.of(
        "mask.mode", mode,
        "mask.draws", draws,
        "mask.places", places,
        "mask.cap", cap,
        "mask.cut", cut,
        "mask.group-size", groupSize,
        "mask.targets", targets,
        "mask.target-scale", targetScale,
        "mask.target-aspect", targetAspect,
        "mask.context-scale", contextScale,
        "mask.min-keep", minKeep);
  }
}
