package org.ijepa.settings;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.mask.MaskRules;
import org.junit.jupiter.api.Test;

final class BlockSizesTest {
  private static final Range SCALE = new Range(0.15, 0.2);
  private static final Range ASPECT = new Range(0.75, 1.5);

  @Property(tries = 500)
  void shouldNotExceedAnySizeThatTheSamplerDraws(
      @ForAll @IntRange(min = 2, max = 32) int side,
      @ForAll @DoubleRange(min = 0, max = 1) double first,
      @ForAll @DoubleRange(min = 0, max = 1) double second) {
    int patches = (int) ((0.15 + first * 0.05) * side * side);
    double aspect = 0.75 + second * 0.75;
    int height = Math.min(side, (int) Math.rint(Math.sqrt(patches * aspect)));
    int width = Math.min(side, (int) Math.rint(Math.sqrt(patches / aspect)));
    assertThat(BlockSizes.smallest(side, MaskRules.Cap.SIDE, MaskRules.Draws.TWO, SCALE, ASPECT))
        .isLessThanOrEqualTo(height * width);
  }

  @Test
  void shouldKnowTheSmallestTargetsOfSmallGrids() {
    assertThat(BlockSizes.smallest(7, MaskRules.Cap.BELOW_SIDE, MaskRules.Draws.ONE, SCALE, ASPECT))
        .isEqualTo(6);
    assertThat(BlockSizes.smallest(8, MaskRules.Cap.BELOW_SIDE, MaskRules.Draws.ONE, SCALE, ASPECT))
        .isEqualTo(9);
    assertThat(BlockSizes.smallest(8, MaskRules.Cap.SIDE, MaskRules.Draws.TWO, SCALE, ASPECT))
        .isEqualTo(8);
  }
}
