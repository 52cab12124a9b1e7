package org.ijepa.mask;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sizes from which one kind of block is drawn.
 *
 * <p>A scale s and an aspect a give n = floor(s side^2), height round(sqrt(n a)) and width
 * round(sqrt(n / a)), each cut to {@code longest}; halves round to even, as in the published code.
 *
 * @param side patches along the image's side
 * @param longest the most patches that a block may be high or wide
 */
record BlockRange(
    int side, double minScale, double maxScale, double minAspect, double maxAspect, int longest) {

  /** The greatest number that is drawn. */
  private static final double LAST = Math.nextDown(1.0);

  BlockSize draw(MaskRules.Draws draws, MaskDraws random) {
    double scaleUnit = random.unit();
    return size(patches(scaleUnit), draws == MaskRules.Draws.ONE ? scaleUnit : random.unit());
  }

  /**
   * All sizes that can be drawn, by ascending scale, then aspect. For each number of patches only
   * those aspects are looked at where height or width change, which are few.
   */
  Set<BlockSize> all(MaskRules.Draws draws) {
    return draws == MaskRules.Draws.ONE ? allOfOne() : allOfTwo();
  }

  private Set<BlockSize> allOfOne() {
    TreeSet<Double> units = new TreeSet<>(Set.of(0.0, LAST));
    for (int n = patches(0); n <= patches(LAST); n++) {
      addUnit(units, scale(n), minScale, maxScale);
      TreeSet<Double> aspects = new TreeSet<>();
      addAspectUnits(aspects, n);
      // Only where there are n patches, or next to it; all of them where there always are.
      double from = unit(scale(n - 1), minScale, maxScale);
      double to = unit(scale(n + 2), minScale, maxScale);
      aspects.removeIf(unit -> unit < from || unit > to);
      units.addAll(aspects);
    }
    Set<BlockSize> sizes = new LinkedHashSet<>();
    withMiddles(units).forEach(unit -> sizes.add(size(patches(unit), unit)));
    return sizes;
  }

  private Set<BlockSize> allOfTwo() {
    Set<BlockSize> sizes = new LinkedHashSet<>();
    for (int n = patches(0); n <= patches(LAST); n++) {
      TreeSet<Double> units = new TreeSet<>(Set.of(0.0, LAST));
      addAspectUnits(units, n);
      for (double unit : withMiddles(units)) {
        sizes.add(size(n, unit));
      }
    }
    return sizes;
  }

  private BlockSize size(int patches, double aspectUnit) {
    double aspect = minAspect + aspectUnit * (maxAspect - minAspect);
    return new BlockSize(length(patches * aspect), length(patches / aspect));
  }

  private double scale(int patches) {
    return (double) patches / (side * side);
  }

  private int patches(double scaleUnit) {
    return (int) (side * side * (minScale + scaleUnit * (maxScale - minScale)));
  }

  private int length(double square) {
    return (int) Math.min(longest, StrictMath.rint(StrictMath.sqrt(square)));
  }

  /** Adds where the height or the width of {@code n} patches changes with the aspect. */
  private void addAspectUnits(Set<Double> units, int n) {
    for (double half = below(n * minAspect); half < above(n * maxAspect); half++) {
      addUnit(units, half * half / n, minAspect, maxAspect);
    }
    for (double half = below(n / maxAspect); half < above(n / minAspect); half++) {
      addUnit(units, n / (half * half), minAspect, maxAspect);
    }
  }

  /** A half that is no more than the square's side. */
  private static double below(double square) {
    return Math.max(0.5, Math.floor(StrictMath.sqrt(square)) - 0.5);
  }

  /** More than the square's side, as far as a block may be so long. */
  private double above(double square) {
    return Math.min(longest, Math.ceil(StrictMath.sqrt(square)) + 1);
  }

  private static void addUnit(Set<Double> units, double value, double min, double max) {
    double unit = unit(value, min, max);
    if (unit > 0 && unit < 1) {
      units.add(unit);
    }
  }

  private static double unit(double value, double min, double max) {
    return (value - min) / (max - min);
  }

  /** Between two neighbouring changes all is alike, so one number in the middle stands for all. */
  private static Set<Double> withMiddles(TreeSet<Double> units) {
    Set<Double> all = new TreeSet<>(units);
    for (double unit : units) {
      Double next = units.higher(unit);
      if (next != null) {
        all.add((unit + next) / 2);
      }
    }
    return all;
  }
}
