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

  BlockSize draw(MaskRules.Draws draws, MaskDraws random) {
    double scaleUnit = random.unit();
    return size(scaleUnit, draws == MaskRules.Draws.ONE ? scaleUnit : random.unit());
  }

  /** All sizes that can be drawn. */
  Set<BlockSize> all(MaskRules.Draws draws) {
    Set<BlockSize> sizes = new LinkedHashSet<>();
    TreeSet<Double> scaleUnits = new TreeSet<>(Set.of(0.0, Math.nextDown(1.0)));
    for (int n = patches(0); n <= patches(1); n++) {
      addUnit(scaleUnits, (double) n / (side * side), minScale, maxScale);
    }
    if (draws == MaskRules.Draws.ONE) {
      addAspectUnits(scaleUnits);
      withMiddles(scaleUnits).forEach(unit -> sizes.add(size(unit, unit)));
    } else {
      TreeSet<Double> aspectUnits = new TreeSet<>(Set.of(0.0, Math.nextDown(1.0)));
      addAspectUnits(aspectUnits);
      Set<Double> aspects = withMiddles(aspectUnits);
      for (double scaleUnit : withMiddles(scaleUnits)) {
        aspects.forEach(unit -> sizes.add(size(scaleUnit, unit)));
      }
    }
    return sizes;
  }

  private BlockSize size(double scaleUnit, double aspectUnit) {
    int patches = patches(scaleUnit);
    double aspect = minAspect + aspectUnit * (maxAspect - minAspect);
    return new BlockSize(length(patches * aspect), length(patches / aspect));
  }

  private int patches(double scaleUnit) {
    return (int) (side * side * (minScale + scaleUnit * (maxScale - minScale)));
  }

  private int length(double square) {
    return (int) Math.min(longest, StrictMath.rint(StrictMath.sqrt(square)));
  }

  /** Adds where, for some number of patches, the height or the width changes with the aspect. */
  private void addAspectUnits(Set<Double> units) {
    for (int n = Math.max(1, patches(0)); n <= patches(1); n++) {
      for (double half = 0.5; half < longest; half++) {
        addUnit(units, half * half / n, minAspect, maxAspect);
        addUnit(units, n / (half * half), minAspect, maxAspect);
      }
    }
  }

  private static void addUnit(Set<Double> units, double value, double min, double max) {
    double unit = (value - min) / (max - min);
    if (unit > 0 && unit < 1) {
      units.add(unit);
    }
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
