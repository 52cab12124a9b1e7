package org.ijepa.mask;

import static org.assertj.core.api.Assertions.assertThat;

import org.ijepa.mask.MaskRules.Cap;
import org.ijepa.mask.MaskRules.Cut;
import org.ijepa.mask.MaskRules.Draws;
import org.ijepa.mask.MaskRules.Places;
import org.junit.jupiter.api.Test;

class MaskLengthsTest {
  /** The published masks at 16 x 16 cut contexts of 128 to about 67 patches. */
  @Test
  void shouldKnowHowLongMasksAre() {
    MaskRules rules =
        new MaskRules(
            16,
            4,
            0.15,
            0.2,
            0.75,
            1.5,
            0.85,
            1,
            10,
            Draws.ONE,
            Places.SHORT,
            Cap.BELOW_SIDE,
            Cut.PREFIX,
            128);
    MaskLengths lengths = MaskLengths.sampled(rules, 0, 128);
    assertThat(lengths.context()).isBetween(60.0, 75.0);
    assertThat(lengths.longestContext()).isBetween(75, 150);
    assertThat(lengths.target()).isBetween(40.0, 48.0);
    assertThat(lengths.longestTarget()).isBetween(48, 56);
  }
}
