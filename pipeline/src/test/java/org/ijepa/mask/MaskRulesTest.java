package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;

final class MaskRulesTest {
  @Test
  void shouldAcceptTheGridsOfThePaperInBothModes() {
    for (int side : new int[] {14, 16, 28, 32}) {
      assertThat(MaskRules.reference(side).side()).isEqualTo(side);
      assertThat(MaskRules.corrected(side).side()).isEqualTo(side);
    }
  }

  @Test
  void shouldRefuseATargetThatCanNeverBeValid() {
    assertThatThrownBy(() -> MaskRules.reference(7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "on a grid of 7 x 7 patches a target of 2 x 3 can be drawn, which is not more than"
                + " mask.min-keep = 10 patches: lower mask.min-keep below 6");
    assertThatThrownBy(() -> MaskRules.corrected(7)).isInstanceOf(IllegalArgumentException.class);
    assertThat(MaskReplayTest.withMinKeep(MaskRules.Places.SHORT, 7, 5).minKeep()).isEqualTo(5);
  }

  @Test
  void shouldKnowTheSmallestTargetsOfSmallGrids() {
    double[] scales = {0.15, 0.2};
    double[] aspects = {0.75, 1.5};
    assertThat(
            MaskRules.smallestBlock(
                7, MaskRules.Draws.ONE, MaskRules.Cap.BELOW_SIDE, scales, aspects))
        .isEqualTo(6);
    assertThat(
            MaskRules.smallestBlock(
                8, MaskRules.Draws.ONE, MaskRules.Cap.BELOW_SIDE, scales, aspects))
        .isEqualTo(9);
    assertThat(MaskRules.smallestBlock(8, MaskRules.Draws.TWO, MaskRules.Cap.SIDE, scales, aspects))
        .isEqualTo(8);
  }

  @Test
  void shouldRefuseAContextThatTargetsAlwaysCover() {
    assertThatThrownBy(
            () ->
                new MaskRules(
                    8,
                    1,
                    0.95,
                    1.0,
                    1,
                    1,
                    0.9,
                    1.0,
                    10,
                    MaskRules.Draws.TWO,
                    MaskRules.Places.FULL,
                    MaskRules.Cap.SIDE,
                    MaskRules.Cut.RANDOM_SUBSET,
                    32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("beside a target of 8 x 8 keeps at most 0 patches");
  }

  @Test
  void shouldRefuseValuesOutsideTheirRange() {
    assertThatThrownBy(() -> MaskRules.reference(1)).hasMessageContaining("patch grid is 1 x 1");
    assertThatThrownBy(() -> MaskReplayTest.withMinKeep(MaskRules.Places.SHORT, 14, -1))
        .hasMessage("mask.min-keep = -1 must not be negative");
  }

  @Test
  void shouldNameTheNearestGroupsThatFit() {
    MaskRules rules = MaskRules.corrected(14);
    assertThat(rules.groupIn(128)).isEqualTo(32);
    assertThat(MaskRules.reference(14).groupIn(100)).isEqualTo(100);
    assertThatThrownBy(() -> rules.groupIn(100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("mask.group-size = 32 does not divide the 100 samples")
        .hasMessageEndingWith("nearest values that fit: 25 and 50");
  }

  @Test
  void shouldFindEverySizeThatCanBeDrawn() {
    for (int side : new int[] {7, 8, 14, 16, 28}) {
      for (MaskRules.Draws draws : MaskRules.Draws.values()) {
        BlockRange range = new BlockRange(side, 0.15, 0.2, 0.75, 1.5, side - 1);
        Set<BlockSize> drawn = new HashSet<>();
        MaskDraws random = MaskDraws.of(RandomKey.of(side, "sizes").stream());
        for (int i = 0; i < 200_000; i++) {
          drawn.add(range.draw(draws, random));
        }
        assertThat(range.all(draws)).as("%d %s", side, draws).containsAll(drawn);
        // The rest are sizes on the very edge between two others, or hardly ever drawn.
        assertThat(range.all(draws)).hasSizeLessThanOrEqualTo(drawn.size() + 3);
      }
    }
  }

  @Test
  void shouldTieScaleToAspectWithOneDraw() {
    BlockRange range = new BlockRange(16, 0.15, 0.2, 0.75, 1.5, 15);
    // 0.15 x 256 = 38 patches with aspect 0.75, and 51 patches with aspect 1.5.
    MaskDraws low = constant(0);
    MaskDraws high = constant(0.9999);
    assertThat(range.draw(MaskRules.Draws.ONE, low)).isEqualTo(new BlockSize(5, 7));
    assertThat(range.draw(MaskRules.Draws.ONE, high)).isEqualTo(new BlockSize(9, 6));
  }

  private static MaskDraws constant(double unit) {
    return new MaskDraws() {
      @Override
      public double unit() {
        return unit;
      }

      @Override
      public int below(int bound) {
        return 0;
      }
    };
  }
}
