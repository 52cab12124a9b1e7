package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskLimitsTest {
  private static final int SHARE = 128;

  private static MaskRules rules(String mode, int side) {
    return mode.equals("reference") ? MaskRules.reference(side) : MaskRules.corrected(side);
  }

  /** Nothing that was drawn is longer, and the limit is not far above the longest. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "corrected"})
  void shouldBoundWhatIsDrawn(String mode) {
    MaskRules rules = rules(mode, 14);
    List<MaskShape> limits = MaskLimits.of(rules, SHARE);
    MaskSampler sampler = new MaskSampler(rules, 3);
    int longest = 0;
    for (int step = 0; step < 300; step++) {
      for (MaskGroup group : sampler.groups(step, 0, (long) step * SHARE, SHARE)) {
        longest = Math.max(longest, group.contextLength());
        assertThat(limits)
            .anyMatch(
                limit ->
                    limit.target() == group.targetLength()
                        && limit.context() >= group.contextLength());
      }
    }
    int limit = limits.stream().mapToInt(MaskShape::context).max().orElseThrow();
    assertThat(limit).isBetween(longest, (int) (1.25 * longest));
  }

  /** A context alone may be as long as all targets in one corner leave it. */
  @Test
  void shouldLeaveLuckInWhereGroupsAreSmall() {
    MaskRules rules = MaskRules.corrected(14).withGroupSize(1);
    // The smallest targets are of 5 x 6 patches, or of 6 x 5.
    assertThat(MaskLimits.of(rules, SHARE)).contains(new MaskShape(14 * 14 - 30, 30));
  }

  /** Of 2,048 contexts half are of 100 patches and half of 60. */
  @Test
  void shouldKnowHowOftenManyAreLucky() {
    int[] lengths = new int[2048];
    Arrays.fill(lengths, 60);
    Arrays.fill(lengths, 0, 1024, 100);
    // All of 128, or 96 of them, do not come to 100; half of them often do.
    assertThat(MaskLimits.longest(lengths, 128, 128, 166)).isEqualTo(60);
    assertThat(MaskLimits.longest(lengths, 128, 64, 166)).isEqualTo(100);
    // One of 128 may be longer than all that were seen.
    assertThat(MaskLimits.longest(lengths, 128, 1, 166)).isEqualTo(166);
  }
}
