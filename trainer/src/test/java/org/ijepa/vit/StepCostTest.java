package org.ijepa.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StepCostTest {
  private static final Geometry SMALL =
      new Geometry(224, 16, 3, 384, 12, 6, 1536, 192, 6, 6, 768, 1e-6, 1e-5);

  /** Every product of a step, one by one. */
  private static double counted(Geometry g, int context, int targets, int target) {
    double sum = 0;
    int[] lengths = {g.patches(), context};
    for (int i = 0; i < 2; i++) {
      double forward = product(lengths[i], g.patchElements(), g.width());
      for (int block = 0; block < g.depth(); block++) {
        forward += block(lengths[i], lengths[i], g.width(), g.heads(), g.hidden());
      }
      sum += i == 0 ? forward : 3 * forward;
    }
    double predictor = product(context, g.width(), g.predictorWidth());
    for (int t = 0; t < targets; t++) {
      int length = context + target;
      for (int block = 0; block < g.predictorDepth(); block++) {
        boolean last = block == g.predictorDepth() - 1;
        predictor +=
            block(
                length,
                last ? target : length,
                g.predictorWidth(),
                g.predictorHeads(),
                g.predictorHidden());
      }
      predictor += product(target, g.predictorWidth(), g.width());
    }
    return sum + 3 * predictor;
  }

  private static double product(double rows, double inner, double columns) {
    return 2 * rows * inner * columns;
  }

  private static double block(int length, int wanted, int width, int heads, int hidden) {
    double sum = product(length, width, 3.0 * width);
    for (int head = 0; head < heads; head++) {
      sum += product(wanted, (double) width / heads, length);
      sum += product(wanted, length, (double) width / heads);
    }
    return sum
        + product(wanted, width, width)
        + product(wanted, width, hidden)
        + product(wanted, hidden, width);
  }

  @Test
  void shouldCountEveryProduct() {
    assertThat(StepCost.of(SMALL, 100, 4, 36).total())
        .isCloseTo(counted(SMALL, 100, 4, 36), within(1.0));
  }
}
