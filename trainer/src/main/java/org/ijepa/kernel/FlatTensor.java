package org.ijepa.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A one-dimensional float32 tensor whose elements can be read and written from Java, of any length.
 *
 * <p>On the CPU its memory is seen directly, in windows; on another device windows are copied. The
 * tensor belongs to the manager it was made with.
 */
public final class FlatTensor implements AutoCloseable {
  /** Elements of the largest window: 1 GiB, as a Java buffer cannot have 2 GiB. */
  public static final int MAX_WINDOW = 1 << 28;

  private final NDArray array;
  private final long size;

  private FlatTensor(NDArray array, long size) {
    this.array = array;
    this.size = size;
  }

  /** A tensor of {@code size} zeros on the manager's device. */
  public static FlatTensor zeros(NDManager manager, long size) {
    return new FlatTensor(manager.zeros(new Shape(size), DataType.FLOAT32), size);
  }

  /** The tensor itself. */
  public NDArray array() {
    return array;
  }

  /** Number of elements. */
  public long size() {
    return size;
  }

  /** Address of the first element, in the device's memory, as long as the tensor is open. */
  public long address() {
    return TorchMemory.address(array);
  }

  /** Where a window's elements are handed over. */
  public interface WindowReader {
    /**
     * Takes one window.
     *
     * @param offset first element of the window within the tensor
     * @param window the elements, valid during the call only
     */
    void read(long offset, FloatBuffer window);
  }

  /** Hands over elements [offset, offset + count) in order, window by window, not to be written. */
  public void read(long offset, long count, WindowReader reader) {
    for (long at = offset; at < offset + count; at += MAX_WINDOW) {
      int length = (int) Math.min(MAX_WINDOW, offset + count - at);
      try (NDArray view = view(at, length)) {
        reader.read(at, view.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer());
      }
    }
  }

  /** Lets {@code writer} change elements [offset, offset + count), window by window. */
  public void write(long offset, long count, WindowReader writer) {
    for (long at = offset; at < offset + count; at += MAX_WINDOW) {
      int length = (int) Math.min(MAX_WINDOW, offset + count - at);
      try (NDArray view = view(at, length)) {
        ByteBuffer memory = view.toByteBuffer(true).order(ByteOrder.nativeOrder());
        writer.read(at, memory.asFloatBuffer());
        if (!Device.cpu().equals(view.getDevice())) {
          view.set(memory);
        }
      }
    }
  }

  /** Reads one element. */
  public float get(long offset) {
    float[] value = new float[1];
    read(offset, 1, (at, window) -> value[0] = window.get(0));
    return value[0];
  }

  /** Writes one element. */
  public void set(long offset, float value) {
    write(offset, 1, (at, window) -> window.put(0, value));
  }

  /** Sets every element to zero. */
  public void clear() {
    array.set(new NDIndex(":"), 0f);
  }

  /** Takes the elements of another tensor of the same size. */
  public void copyOf(FlatTensor other) {
    array.set(new NDIndex(":"), other.array);
  }

  /** Adds the elements of another tensor of the same size. */
  public void add(FlatTensor other) {
    array.addi(other.array);
  }

  private NDArray view(long offset, long count) {
    return array.get(new NDIndex("{}:{}", offset, offset + count));
  }

  @Override
  public void close() {
    array.close();
  }
}
