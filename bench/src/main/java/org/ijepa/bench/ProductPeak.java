package org.ijepa.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import org.ijepa.kernel.Kernels;

/**
 * The most that matrix products reach on this machine in the type of the step's: a large square
 * one, the best of some.
 */
final class ProductPeak {
  private static final int SIDE = 2048;
  private static final int WARM_UP = 1;
  private static final int ROUNDS = 5;

  private ProductPeak() {}

  /** Operations a second, a multiplication and an addition as two. */
  static double flops(StepWork work) {
    Kernels.prepareThread(work.threads());
    long best = Long.MAX_VALUE;
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Kernels kernels =
            new Kernels(manager, work.geometry(), new Kernels.Options(work.bf16(), false))) {
      List<NDArray> factors =
          List.of(
              manager.randomUniform(-1, 1, new Shape(SIDE, SIDE)),
              manager.randomUniform(-1, 1, new Shape(SIDE, SIDE)),
              manager.zeros(new Shape(SIDE)));
      if (work.bf16()) {
        factors = kernels.bfloat16(factors);
      }
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        long began = System.nanoTime();
        kernels.linear(factors.get(0), factors.get(1), factors.get(2)).close();
        long nanos = System.nanoTime() - began;
        if (i >= 0) {
          best = Math.min(best, nanos);
        }
      }
    }
    return 2.0 * SIDE * SIDE * SIDE / (best * 1e-9);
  }
}
