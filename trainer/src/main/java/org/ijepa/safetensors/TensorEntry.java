package org.ijepa.safetensors;

import java.util.List;

/**
 * One tensor of a file.
 *
 * @param type {@code F32}, {@code I64}, …
 * @param shape extents
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
public record TensorEntry(String type, List<Long> shape, long begin, long end) {

  /** Number of elements. */
  public long elements() {
    long product = 1;
    for (long extent : shape) {
      product = Math.multiplyExact(product, extent);
    }
    return product;
  }

  /** Bytes of one element of {@code type}, or 0 where the type is unknown. */
  static int bytesOf(String type) {
    return switch (type) {
      case "F64", "I64", "U64" -> 8;
      case "F32", "I32", "U32" -> 4;
      case "F16", "BF16", "I16", "U16" -> 2;
      case "I8", "U8", "BOOL" -> 1;
      default -> 0;
    };
  }
}
