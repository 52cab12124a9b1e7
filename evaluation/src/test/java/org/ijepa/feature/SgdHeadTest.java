package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.ijepa.kernel.Kernels;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SgdHeadTest {
  private static final int ROWS = 200;
  private static final int FEATURES = 5;

  /** Two classes that one feature tells apart; the others are large, and say nothing. */
  private static float[] rows(int[] truth) {
    KeyedRandom random = RandomKey.of(1, "rows").stream();
    float[] rows = new float[ROWS * FEATURES];
    for (int n = 0; n < ROWS; n++) {
      truth[n] = random.nextInt(2);
      for (int f = 0; f < FEATURES; f++) {
        rows[n * FEATURES + f] = (float) (3 + 0.3 * random.nextGaussian());
      }
      rows[n * FEATURES + 2] = (truth[n] == 0 ? -1 : 1) + (float) (0.2 * random.nextGaussian());
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldLearnToTellClassesApart(boolean batchNorm) {
    Kernels.prepareThread(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        SgdHead head = new SgdHead(manager, FEATURES, 2, batchNorm, 0)) {
      int[] truth = new int[ROWS];
      NDArray rows = manager.create(rows(truth), new Shape(ROWS, FEATURES));
      NDArray oneHot = manager.create(truth).oneHot(2);
      for (int step = 0; step < 100; step++) {
        head.learn(rows, oneHot, 0.03);
      }
      long[] seen = head.logits(rows).argMax(1).toLongArray();
      for (int n = 0; n < ROWS; n++) {
        assertThat(seen[n]).isEqualTo(truth[n]);
      }
    }
  }

  /** The first step from zeros: half of (truth - 1/2) x feature, on average, less nothing. */
  @Test
  void shouldStepAlongTheGradientOfTheMeanCrossEntropy() {
    Kernels.prepareThread(1);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        SgdHead head = new SgdHead(manager, 1, 2, false, 0.1)) {
      NDArray rows = manager.create(new float[] {2, 4}, new Shape(2, 1));
      NDArray oneHot = manager.create(new int[] {0, 1}).oneHot(2);
      NDArray one = manager.create(new float[] {1}, new Shape(1, 1));
      head.learn(rows, oneHot, 1);
      // d/dw = mean of (1/2 - truth) x: for class 0 (-1/2 x 2 + 1/2 x 4) / 2 = 1/2.
      assertThat(head.logits(one).toFloatArray()[0]).isCloseTo(-0.5f, within(1e-6f));
      assertThat(head.logits(one).toFloatArray()[1]).isCloseTo(0.5f, within(1e-6f));
    }
  }
}
