package org.ijepa.node;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.ijepa.replica.StepTrial;

/**
 * The double of a device that holds steps of so many images: it fails larger ones as the engine
 * does on a GPU, and makes smaller ones on the CPU.
 */
final class SmallDevice implements Function<StepTrial, MicroBatchChoice.Trial> {
  /** As TorchScript tells it through the engine. */
  static final String MESSAGE =
      """
      The following operation failed in the TorchScript interpreter.
      Traceback of TorchScript, serialized code (most recent call last):
        File "code/__torch__.py", line 70, in linear
      RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has little of it.
      """;

  private final int most;
  private final List<Integer> tried = new ArrayList<>();

  SmallDevice(int most) {
    this.most = most;
  }

  /** Images of the steps that were tried. */
  List<Integer> tried() {
    return tried;
  }

  @Override
  public MicroBatchChoice.Trial apply(StepTrial trial) {
    return (device, images, reserve) -> {
      tried.add(images);
      if (images > most) {
        throw new EngineException(MESSAGE);
      }
      trial.run(Device.cpu(), images, 0);
    };
  }
}
