package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class MaskedTest {
  /** Four patches of width 2; patch 2 is in both blocks. */
  private static final Masked MASKED =
      new Masked(
          new int[] {0},
          new int[][] {{1, 2}, {2, 3}},
          new float[] {9, 9, 1, 1, 2, 2, 3, 3},
          new float[] {1, 1, 2, 3, 4, 2, 3, 3});

  @Test
  void shouldPutPredictionsInTheirPlaces() {
    assertThat(MASKED.inPlace()).containsExactly(0, 0, 1, 1, 3, 2.5f, 3, 3);
    assertThat(MASKED.isPredicted(0)).isFalse();
    assertThat(MASKED.isPredicted(2)).isTrue();
  }

  @Test
  void shouldMeasureTheLossOfTraining() {
    // Off by 1 (0.5) and by 2 (1.5), of eight values.
    assertThat(MASKED.loss()).isEqualTo(2.0 / 8, within(1e-12));
  }
}
