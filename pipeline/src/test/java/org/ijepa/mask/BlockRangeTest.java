package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.mask.MaskRules.Draws;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockRangeTest {
  /** Plain: every aspect at which any number of patches changes its shape, with every scale. */
  private static Set<BlockSize> naive(BlockRange range, Draws draws) {
    int patches = range.side() * range.side();
    TreeSet<Double> scales = new TreeSet<>(Set.of(0.0, Math.nextDown(1.0)));
    TreeSet<Double> aspects = new TreeSet<>(Set.of(0.0, Math.nextDown(1.0)));
    for (int n = 1; n <= patches; n++) {
      add(scales, (double) n / patches, range.minScale(), range.maxScale());
      if (n < (int) (patches * range.minScale()) || n > (int) (patches * range.maxScale())) {
        continue;
      }
      for (double half = 0.5; half < range.longest(); half++) {
        add(aspects, half * half / n, range.minAspect(), range.maxAspect());
        add(aspects, n / (half * half), range.minAspect(), range.maxAspect());
      }
    }
    Set<BlockSize> sizes = new LinkedHashSet<>();
    if (draws == Draws.ONE) {
      scales.addAll(aspects);
      middles(scales).forEach(unit -> sizes.add(size(range, unit, unit)));
    } else {
      List<Double> all = middles(aspects);
      middles(scales).forEach(scale -> all.forEach(unit -> sizes.add(size(range, scale, unit))));
    }
    return sizes;
  }

  private static void add(Set<Double> units, double value, double min, double max) {
    double unit = (value - min) / (max - min);
    if (unit > 0 && unit < 1) {
      units.add(unit);
    }
  }

  private static List<Double> middles(NavigableSet<Double> units) {
    List<Double> all = new ArrayList<>();
    for (double unit : units) {
      all.add(unit);
      Double next = units.higher(unit);
      if (next != null) {
        all.add((unit + next) / 2);
      }
    }
    return all;
  }

  /** The size that a draw of two such numbers gives. */
  private static BlockSize size(BlockRange range, double scale, double aspect) {
    double[] units = {scale, aspect};
    int[] next = {0};
    return range.draw(
        Draws.TWO,
        new MaskDraws() {
          @Override
          public double unit() {
            return units[next[0]++];
          }

          @Override
          public int below(int bound) {
            throw new AssertionError("a size is no place");
          }
        });
  }

  private static List<BlockRange> ranges(int side, int longest) {
    return List.of(
        new BlockRange(side, 0.15, 0.2, 0.75, 1.5, longest),
        new BlockRange(side, 0.85, 1, 1, 1, longest),
        new BlockRange(side, 0.3, 0.3, 0.5, 2, longest),
        new BlockRange(side, 0.2, 0.2, 1, 1, longest),
        new BlockRange(side, 0.01, 1, 0.05, 7.3, longest));
  }

  @ParameterizedTest
  @EnumSource(Draws.class)
  void shouldFindTheSizesOfThePlainWayInItsOrder(Draws draws) {
    for (int side = 2; side <= 13; side++) {
      for (int longest : new int[] {side - 1, side}) {
        for (BlockRange range : ranges(side, longest)) {
          assertThat(range.all(draws))
              .as("%s %s", range, draws)
              .containsExactlyElementsOf(naive(range, draws));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Draws.class)
  void shouldTakeLargeGrids(Draws draws) {
    assertThat(new BlockRange(256, 0.15, 0.2, 0.75, 1.5, 256).all(draws)).hasSizeGreaterThan(50);
    assertThatCode(() -> MaskRules.corrected(256)).doesNotThrowAnyException();
  }
}
