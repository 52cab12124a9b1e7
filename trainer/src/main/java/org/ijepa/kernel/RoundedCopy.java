package org.ijepa.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.ijepa.kernel.TorchMemory.Bfloat16View;

/**
 * The first elements of a flat tensor as bfloat16, on the same device: for whoever moves them
 * elsewhere in half of the bytes. Has memory of its own until it is closed.
 */
public final class RoundedCopy implements AutoCloseable {
  private final NDManager scope;
  private final NDArray exact;

  /** Two rounded elements to one of its floats. */
  private final NDArray memory;

  private final Bfloat16View rounded;

  /** Rounds the first {@code count} elements, to the nearest and of two to the even one. */
  public RoundedCopy(FlatTensor tensor, long count) {
    scope = tensor.array().getManager().newSubManager();
    exact = tensor.view(0, count);
    exact.attach(scope);
    memory = scope.create(new Shape((count + 1) / 2), DataType.FLOAT32);
    rounded = new Bfloat16View(memory, count);
    rounded.copyOf(exact);
  }

  /** Address of the first element, in the device's memory. */
  public long address() {
    return TorchMemory.address(memory);
  }

  /** The tensor's elements become what stands here. */
  public void copyBack() {
    rounded.copyTo(exact);
  }

  @Override
  public void close() {
    rounded.close();
    scope.close();
  }
}
