package org.ijepa.interchange;

import java.util.List;

/**
 * A tensor as a PyTorch file describes it.
 *
 * @param storage key of the bytes
 * @param type of the elements
 * @param stored elements in the storage
 * @param offset first element within the storage
 */
record TorchTensor(
    String storage,
    ElementType type,
    long stored,
    long offset,
    List<Long> shape,
    List<Long> strides) {

  /** Element types, by the name of PyTorch's class of storages. */
  enum ElementType {
    FLOAT("FloatStorage", Float.BYTES),
    DOUBLE("DoubleStorage", Double.BYTES),
    HALF("HalfStorage", Short.BYTES),
    BFLOAT16("BFloat16Storage", Short.BYTES),
    LONG("LongStorage", Long.BYTES),
    INT("IntStorage", Integer.BYTES);

    private final String className;
    private final int bytes;

    ElementType(String className, int bytes) {
      this.className = className;
      this.bytes = bytes;
    }

    String className() {
      return className;
    }

    int bytes() {
      return bytes;
    }
  }

  /** What the elements of one storage are; a pickle names it beside the storage's key. */
  record Storage(String key, ElementType type, long elements) {}

  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Whether the elements lie one after another, in the order of the indices. */
  boolean isContiguous() {
    long stride = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && strides.get(i) != stride) {
        return false;
      }
      stride *= shape.get(i);
    }
    return true;
  }
}
