package org.ijepa.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A digest of a flat tensor's bits. Every fourth element belongs to one of four lanes, and a lane
 * is a polynomial of its elements' bits at 31, modulo 2^64. So it can be made element by element,
 * where memory is seen, or out of sums over chunks, wherever these are added up and in whatever
 * order: the result is the same.
 */
final class TensorDigest {
  /** Rows of four elements that are added up at once on a device: 32 MiB as int64. */
  static final int ROWS = 1 << 20;

  private static final long BASE = 31;
  private static final long FOLD = 0x9E3779B97F4A7C15L;

  /** Elements that the last lanes are filled up to, with zeros. */
  private static final int CHUNK = 1 << 12;

  private static final int LANES = 4;

  private TensorDigest() {}

  private static long[] start() {
    return new long[] {17, 19, 23, 29};
  }

  private static long folded(long[] lanes) {
    long digest = 0;
    for (long lane : lanes) {
      digest = digest * FOLD + lane;
    }
    return digest;
  }

  /** Of a tensor, through its windows. */
  static long of(FlatTensor tensor) {
    long[] lanes = start();
    tensor.read(0, tensor.size(), (at, window) -> add(window, lanes));
    return folded(lanes);
  }

  private static void add(FloatBuffer window, long[] lanes) {
    float[] chunk = new float[CHUNK];
    long a = lanes[0];
    long b = lanes[1];
    long c = lanes[2];
    long d = lanes[3];
    for (int at = 0; at < window.limit(); at += chunk.length) {
      int count = Math.min(chunk.length, window.limit() - at);
      window.get(at, chunk, 0, count);
      Arrays.fill(chunk, count, chunk.length, 0f);
      // Four lanes, as each multiplication waits for the one before.
      for (int i = 0; i < chunk.length; i += LANES) {
        a = a * BASE + Float.floatToRawIntBits(chunk[i]);
        b = b * BASE + Float.floatToRawIntBits(chunk[i + 1]);
        c = c * BASE + Float.floatToRawIntBits(chunk[i + 2]);
        d = d * BASE + Float.floatToRawIntBits(chunk[i + 3]);
      }
    }
    lanes[0] = a;
    lanes[1] = b;
    lanes[2] = c;
    lanes[3] = d;
  }

  /** What each of a chunk's rows is multiplied by, int64 [rows, 1]: the last one by 1. */
  static NDArray powers(NDManager manager, int rows) {
    long[] powers = new long[rows];
    long power = 1;
    for (int i = rows - 1; i >= 0; i--) {
      powers[i] = power;
      power *= BASE;
    }
    return manager.create(powers, new Shape(rows, 1));
  }

  /**
   * Of a tensor whose chunks were added up.
   *
   * @param sums for each chunk one of each lane
   * @param rows of a chunk; of them the last chunk has as many as are left
   * @param size elements of the tensor
   */
  static long of(long[] sums, long rows, long size) {
    long[] lanes = start();
    long left = size;
    for (int at = 0; at < sums.length; at += LANES) {
      long elements = Math.min(left, rows * LANES);
      left -= elements;
      long own = (elements + LANES - 1) / LANES;
      // Only the last chunk is filled up.
      long filled = left > 0 ? own : (elements + CHUNK - 1) / CHUNK * (CHUNK / LANES);
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = lanes[lane] * power(filled) + sums[at + lane] * power(filled - own);
      }
    }
    return folded(lanes);
  }

  private static long power(long exponent) {
    long result = 1;
    long square = BASE;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result *= square;
      }
      square *= square;
    }
    return result;
  }
}
