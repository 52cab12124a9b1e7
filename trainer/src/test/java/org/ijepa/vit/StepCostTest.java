package org.ijepa.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepCostTest {
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

  @ParameterizedTest
  @CsvSource({
    "224, 16, 384, 12, 6, 1536, 192, 6, 100, 4, 36",
    "224, 16, 192, 12, 3, 768, 384, 6, 100, 4, 36",
    "224, 16, 768, 12, 12, 3072, 384, 6, 90, 4, 40",
    "224, 14, 1024, 24, 16, 4096, 384, 12, 120, 4, 45",
    "224, 14, 1280, 32, 16, 5120, 384, 12, 121, 4, 46",
    "448, 16, 1280, 32, 16, 5120, 384, 12, 400, 4, 140",
    "448, 14, 1280, 32, 16, 5120, 384, 12, 520, 4, 180",
    "448, 16, 1408, 40, 16, 6144, 384, 16, 400, 2, 140",
    "224, 14, 1408, 40, 16, 6144, 384, 16, 120, 1, 46"
  })
  void shouldCountEveryProduct(
      int image,
      int patch,
      int width,
      int depth,
      int heads,
      int hidden,
      int predictorWidth,
      int predictorDepth,
      int context,
      int targets,
      int target) {
    Geometry geometry =
        new Geometry(
            image,
            patch,
            3,
            width,
            depth,
            heads,
            hidden,
            predictorWidth,
            predictorDepth,
            heads,
            4 * predictorWidth,
            1e-6,
            1e-5);
    double counted = counted(geometry, context, targets, target);
    assertThat(StepCost.of(geometry, context, targets, target).total())
        .isCloseTo(counted, within(1e-12 * counted));
  }

  /**
   * The forward pass as torchvision has it for its classifiers (GFLOPS of vit_b_16, vit_l_16 and
   * vit_h_14 and of their weights for larger images; a multiplication and an addition are one
   * there), whose class token is one more token, and whose classes a thousand columns more.
   */
  @ParameterizedTest
  @CsvSource({
    "224, 16, 768, 12, 12, 3072, 17.564",
    "384, 16, 768, 12, 12, 3072, 55.484",
    "224, 16, 1024, 24, 16, 4096, 61.555",
    "512, 16, 1024, 24, 16, 4096, 361.986",
    "224, 14, 1280, 32, 16, 5120, 167.295",
    "518, 14, 1280, 32, 16, 5120, 1016.717"
  })
  void shouldCountTheEncoderAsPublished(
      int image, int patch, int width, int depth, int heads, int hidden, double published) {
    Geometry geometry =
        new Geometry(image, patch, 3, width, depth, heads, hidden, 384, 6, heads, 1536, 1e-6, 1e-5);
    int tokens = geometry.patches() + 1;
    // Forward and backward are three forward passes; the class token is embedded here, too.
    double forward = StepCost.of(geometry, tokens, 1, 1).context() / 3;
    double embedded = product(1, geometry.patchElements(), width);
    double classes = product(1, width, 1000);
    assertThat((forward - embedded + classes) / 2e9).isCloseTo(published, within(6e-4));
    // The target encoder sees the patches alone, at the cost of a context of all patches.
    assertThat(StepCost.of(geometry, geometry.patches(), 1, 1))
        .satisfies(cost -> assertThat(cost.context()).isCloseTo(3 * cost.target(), within(1.0)));
  }
}
