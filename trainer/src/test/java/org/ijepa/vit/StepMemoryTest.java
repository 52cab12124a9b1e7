package org.ijepa.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ijepa.vit.StepMemory.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepMemoryTest {
  private static final double MIB = 1 << 20;

  private static Geometry geometry(int width, int heads, int predictor) {
    return new Geometry(
        224, 16, 3, width, 12, heads, 4 * width, predictor, 6, heads, 4 * predictor, 1e-6, 1e-5);
  }

  /**
   * What a process grew by in steps of 100 context patches and 4 targets of 36, every large tensor
   * in pages of its own, see bench/results.
   */
  @ParameterizedTest
  @CsvSource({
    "192, 3, 96, true, false, 32, 745",
    "192, 3, 96, false, false, 16, 658",
    "384, 6, 192, true, false, 16, 730",
    "384, 6, 192, false, false, 16, 1255",
    "768, 12, 384, true, false, 16, 1278",
    "768, 12, 384, false, false, 8, 1275",
    "192, 3, 96, true, true, 16, 117",
    "192, 3, 96, false, true, 16, 166",
    "768, 12, 384, false, true, 8, 290",
    "768, 12, 384, false, true, 16, 606",
  })
  void shouldBeNearWhatWasMeasured(
      int width,
      int heads,
      int predictor,
      boolean mixed,
      boolean checkpointing,
      int images,
      double measured) {
    StepMemory memory =
        StepMemory.of(
            geometry(width, heads, predictor), new Mode(mixed, checkpointing), 100, 4, 36);
    double estimated = memory.ofStep(images) / MIB;
    assertThat(estimated).isBetween(measured, 1.25 * measured);
  }

  @Test
  void shouldCountTheStateOfMixedPrecision() {
    Geometry small = geometry(384, 6, 192);
    Layout layout = Layout.of(small);
    // Weights, gradient, two moments and the target encoder; what is trained has its matrices in
    // bfloat16, too.
    double bytes =
        4.0 * layout.size() * 4
            + 4.0 * layout.targetSize()
            + 2.0 * (layout.encoderMatrices() + layout.predictorMatrices());
    assertThat(StepMemory.of(small, new Mode(true, false), 100, 4, 36).state())
        .isCloseTo(bytes, within(1.0));
  }

  @Test
  void shouldKeepLessWithCheckpointing() {
    Geometry huge = new Geometry(224, 14, 3, 1280, 32, 16, 5120, 384, 12, 16, 1536, 1e-6, 1e-5);
    double kept = StepMemory.of(huge, new Mode(true, false), 100, 4, 50).image();
    double made = StepMemory.of(huge, new Mode(true, true), 100, 4, 50).image();
    assertThat(made).isBetween(0.1 * kept, 0.25 * kept);
  }
}
