package org.ijepa.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.ijepa.kernel.Kernels;

/**
 * The most that matrix products reach on this machine: a large square one, the best of some; in
 * float32, as DJL has no bfloat16 arrays on a CPU (its engine ends the process).
 */
final class ProductPeak {
  private static final int SIDE = 2048;
  private static final int WARM_UP = 1;
  private static final int ROUNDS = 5;

  private ProductPeak() {}

  /** Operations a second, a multiplication and an addition as two. */
  static double flops(int threads) {
    Kernels.prepareThread(threads);
    long best = Long.MAX_VALUE;
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      NDArray left = manager.randomUniform(-1, 1, new Shape(SIDE, SIDE));
      NDArray right = manager.randomUniform(-1, 1, new Shape(SIDE, SIDE));
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        long began = System.nanoTime();
        left.matMul(right).close();
        long nanos = System.nanoTime() - began;
        if (i >= 0) {
          best = Math.min(best, nanos);
        }
      }
    }
    return 2.0 * SIDE * SIDE * SIDE / (best * 1e-9);
  }
}
