package org.ijepa.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.batch.MicroBatch;
import org.ijepa.batch.MicroBatchPlan;
import org.ijepa.collective.CollectiveException;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.ledger.Substitute;
import org.ijepa.replica.Replica;

/**
 * The facts that ride in a step's all-reduce, after the gradient: for each slot of the global batch
 * the attempt that was used, for each micro-batch its weighted loss, and then how often it was
 * computed. Each rank fills its own; the sum with the zeros of the others changes no bit.
 */
public final class StepFactsBuffer {
  private final FlatTensor tensor;
  private final long offset;
  private final int slots;
  private final int microBatches;

  /** The facts at {@code offset} of a tensor, of a global batch of so many slots. */
  public StepFactsBuffer(FlatTensor tensor, long offset, int slots, int microBatches) {
    this.tensor = tensor;
    this.offset = offset;
    this.slots = slots;
    this.microBatches = microBatches;
  }

  /** Elements that the facts take. */
  public static int size(int slots, int microBatches) {
    return slots + 2 * microBatches;
  }

  /** A micro-batch's weight, and where among the facts its loss and its count belong. */
  Replica.Share share(MicroBatchPlan plan) {
    int loss = slots + plan.number();
    return new Replica.Share(plan.weight(), loss, loss + microBatches);
  }

  /** Notes which samples of a micro-batch were replaced: few, if any; the others' facts are 0. */
  void note(MicroBatch batch) {
    boolean replaced =
        IntStream.range(0, batch.plan().slots().size()).anyMatch(i -> batch.attempt(i) > 0);
    if (!replaced) {
      // To write, where the tensor is on a GPU, is to wait for it.
      return;
    }
    tensor.write(
        offset,
        slots,
        (at, window) -> {
          for (int i = 0; i < batch.plan().slots().size(); i++) {
            window.put(batch.plan().slots().get(i).slot(), batch.attempt(i));
          }
        });
  }

  /**
   * Refuses a sum in which a micro-batch is missing or stands twice: its facts would pass for those
   * of samples that needed no substitute, and the ledger would say what was not.
   */
  void check(long step, float[] facts) throws CollectiveException {
    for (int i = 0; i < microBatches; i++) {
      float count = facts[slots + microBatches + i];
      if (count != 1) {
        throw new CollectiveException(
            "step %d: the sum holds micro-batch %d of %d %.0f times in place of once"
                .formatted(step, i + 1, microBatches, count));
      }
    }
  }

  /** Loss of the step: the sum of the micro-batches' weighted losses, in their order. */
  double loss(float[] facts) {
    double loss = 0;
    for (int i = 0; i < microBatches; i++) {
      loss += facts[slots + i];
    }
    return loss;
  }

  /** Slots whose sample was replaced, ascending. */
  List<Substitute> substitutes(float[] facts) {
    List<Substitute> substitutes = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      if (facts[slot] > 0) {
        substitutes.add(new Substitute(slot, (int) facts[slot]));
      }
    }
    return substitutes;
  }
}
