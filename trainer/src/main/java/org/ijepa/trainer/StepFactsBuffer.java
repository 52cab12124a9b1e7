package org.ijepa.trainer;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.batch.MicroBatch;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.ledger.Substitute;

/**
 * The facts that ride in a step's all-reduce, after the gradient: for each slot of the global batch
 * the attempt that was used, for each micro-batch its weighted loss. Each rank fills its own; the
 * sum with the zeros of the others changes no bit.
 */
public final class StepFactsBuffer {
  private final FlatTensor tensor;
  private final long offset;
  private final int slots;
  private final int microBatches;

  /** The facts at {@code offset} of a tensor. */
  public StepFactsBuffer(FlatTensor tensor, long offset, int slots, int microBatches) {
    this.tensor = tensor;
    this.offset = offset;
    this.slots = slots;
    this.microBatches = microBatches;
  }

  /** Elements that the facts take. */
  public static int size(int slots, int microBatches) {
    return slots + microBatches;
  }

  /** Notes what a micro-batch used, and its loss. */
  void add(MicroBatch batch, float loss) {
    tensor.write(
        offset,
        size(slots, microBatches),
        (at, window) -> {
          for (int i = 0; i < batch.plan().slots().size(); i++) {
            window.put(batch.plan().slots().get(i).slot(), batch.attempt(i));
          }
          window.put(slots + batch.plan().number(), (float) (loss * batch.plan().weight()));
        });
  }

  /** The facts as they are now, to be asked for one after another. */
  float[] read() {
    float[] facts = new float[size(slots, microBatches)];
    tensor.read(offset, facts.length, (at, window) -> window.get(0, facts));
    return facts;
  }

  /** Loss of the step: the sum of the micro-batches' weighted losses, in their order. */
  double loss(float[] facts) {
    double loss = 0;
    for (int i = slots; i < facts.length; i++) {
      loss += facts[i];
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

  /** A digest of gradient and facts: equal on every rank, or the ranks have diverged. */
  long digest() {
    long[] lanes = {17, 19, 23, 29};
    tensor.read(0, tensor.size(), (at, window) -> digest(window, lanes));
    long digest = 0;
    for (long lane : lanes) {
      digest = digest * 0x9E3779B97F4A7C15L + lane;
    }
    return digest;
  }

  private static void digest(FloatBuffer window, long[] lanes) {
    float[] chunk = new float[1 << 12];
    long a = lanes[0];
    long b = lanes[1];
    long c = lanes[2];
    long d = lanes[3];
    for (int at = 0; at < window.limit(); at += chunk.length) {
      int count = Math.min(chunk.length, window.limit() - at);
      window.get(at, chunk, 0, count);
      Arrays.fill(chunk, count, chunk.length, 0f);
      // Four lanes, as each multiplication waits for the one before.
      for (int i = 0; i < chunk.length; i += 4) {
        a = a * 31 + Float.floatToRawIntBits(chunk[i]);
        b = b * 31 + Float.floatToRawIntBits(chunk[i + 1]);
        c = c * 31 + Float.floatToRawIntBits(chunk[i + 2]);
        d = d * 31 + Float.floatToRawIntBits(chunk[i + 3]);
      }
    }
    lanes[0] = a;
    lanes[1] = b;
    lanes[2] = c;
    lanes[3] = d;
  }
}
