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

  /** Whether windows are copies. */
  private final boolean copied;

  private FlatTensor(NDArray array, long size, boolean copied) {
    this.array = array;
    this.size = size;
    this.copied = copied;
  }

  /** A tensor of {@code size} zeros on the manager's device. */
  public static FlatTensor zeros(NDManager manager, long size) {
    return zeros(manager, size, !manager.getDevice().equals(Device.cpu()));
  }

  /** As above; a tensor in host memory can be told to copy as others have to. */
  static FlatTensor zeros(NDManager manager, long size, boolean copied) {
    return new FlatTensor(manager.zeros(new Shape(size), DataType.FLOAT32), size, copied);
  }

  /** The tensor itself. */
  public NDArray array() {
    return array;
  }

  /** Elements [from, to) in the same memory; belongs to the same manager. */
  public FlatTensor slice(long from, long to) {
    return new FlatTensor(view(from, to - from), to - from, copied);
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
    eachWindow(
        offset,
        count,
        (at, view) -> {
          try (NDArray here = onHost(view)) {
            reader.read(at, bytes(here).asFloatBuffer());
          }
        });
  }

  /** Lets {@code writer} change elements [offset, offset + count), window by window. */
  public void write(long offset, long count, WindowReader writer) {
    writeBytes(offset, count, (at, bytes) -> writer.read(at, bytes.asFloatBuffer()));
  }

  /** Where a window's bytes are handed over. */
  public interface ByteWriter {
    /**
     * Changes one window.
     *
     * @param offset first element of the window within the tensor
     * @param window its elements in the machine's order of bytes, direct, valid during the call
     *     only
     */
    void write(long offset, ByteBuffer window);
  }

  /** As {@link #write}, for whoever moves bytes between the tensor and a channel. */
  public void writeBytes(long offset, long count, ByteWriter writer) {
    eachWindow(
        offset,
        count,
        (at, view) -> {
          try (NDArray here = onHost(view)) {
            writer.write(at, bytes(here));
            if (copied) {
              try (NDArray there = here.toDevice(view.getDevice(), false)) {
                view.set(new NDIndex(":"), there);
              }
            }
          }
        });
  }

  private interface Window {
    void at(long offset, NDArray view);
  }

  private void eachWindow(long offset, long count, Window window) {
    for (long at = offset; at < offset + count; at += MAX_WINDOW) {
      // The engine makes a manager for each copy on another device, and leaves it to the tensor's.
      try (NDManager scope = array.getManager().newSubManager()) {
        NDArray view = view(at, Math.min(MAX_WINDOW, offset + count - at));
        view.attach(scope);
        window.at(at, view);
      }
    }
  }

  /** A window in host memory: itself, or a copy where it must be. */
  private NDArray onHost(NDArray view) {
    boolean here = view.getDevice().equals(Device.cpu());
    // To its own device the engine copies nothing, whatever it is told.
    return here && copied ? view.duplicate() : view.toDevice(Device.cpu(), false);
  }

  private static ByteBuffer bytes(NDArray here) {
    return here.toByteBuffer(true).order(ByteOrder.nativeOrder());
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
    // Told the number itself, the engine makes a tensor of it that it leaves to the manager. This
    // one is made where it is needed: a copy from host memory would wait for the device.
    try (NDArray zero = array.getManager().zeros(new Shape(1))) {
      array.set(new NDIndex(":"), zero);
    }
  }

  /** Takes the elements of another tensor of the same size. */
  public void copyOf(FlatTensor other) {
    array.set(new NDIndex(":"), other.array);
  }

  /** Adds the elements of another tensor of the same size. */
  public void add(FlatTensor other) {
    array.addi(other.array);
  }

  /** Elements [offset, offset + count) in the same memory. */
  NDArray view(long offset, long count) {
    return array.get(new NDIndex("{}:{}", offset, offset + count));
  }

  @Override
  public void close() {
    array.close();
  }
}
