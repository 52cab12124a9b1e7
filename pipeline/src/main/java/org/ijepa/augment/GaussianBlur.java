package org.ijepa.augment;

/**
 * Blurs by a Gaussian: by three means in turn along each axis, each over a box of fractional width
 * (Gwosdek et al., "Theoretical Foundations of Gaussian Convolution by Extended Box Filtering",
 * 2011) and rounded to bytes. The bytes are Pillow's. Beyond its border the image goes on as it is
 * there.
 *
 * <p>Not safe for use from several threads: an instance is its own scratch memory.
 */
final class GaussianBlur {
  /** A box is then no wider than its five weights. */
  static final double MOST_DEVIATION = 2;

  private static final int CHANNELS = 3;
  private static final int MEANS = 3;
  private static final int WEIGHT_BITS = 24;
  private static final int ONE = 1 << WEIGHT_BITS;
  private static final int HALF = ONE / 2;

  /** Rows of the image, an element for each byte. */
  private int[][] rows = new int[0][];

  private int[][] nextRows = new int[0][];

  /** A row, moved by two pixels to the right, by one, not, by one to the left, by two. */
  private final int[][] moved = new int[5][];

  /** Weights of a box: of its middle, of its neighbours, of theirs. */
  private int middle;

  private int near;
  private int far;

  /**
   * Blurs {@code side * side} pixels of red, green, blue.
   *
   * @param deviation of the Gaussian in pixels, above 0, at most {@link #MOST_DEVIATION}
   */
  void apply(byte[] pixels, int side, double deviation) {
    reserve(side);
    weigh((float) deviation);
    int length = side * CHANNELS;
    for (int y = 0; y < side; y++) {
      int[] row = rows[y];
      for (int x = 0, at = y * length; x < length; x++, at++) {
        row[x] = pixels[at] & 0xff;
      }
      for (int i = 0; i < MEANS; i++) {
        averageAcross(row);
      }
    }
    for (int i = 0; i < MEANS; i++) {
      averageDown();
    }
    for (int y = 0; y < side; y++) {
      int[] row = rows[y];
      for (int x = 0, at = y * length; x < length; x++, at++) {
        pixels[at] = (byte) row[x];
      }
    }
  }

  private void reserve(int side) {
    if (rows.length != side) {
      rows = new int[side][side * CHANNELS];
      nextRows = new int[side][side * CHANNELS];
      for (int i = 0; i < moved.length; i++) {
        moved[i] = new int[side * CHANNELS];
      }
    }
  }

  /** The box whose three means have the variance, in floats, as Pillow has it. */
  private void weigh(float deviation) {
    float variance = deviation * deviation / MEANS;
    float width = (float) Math.sqrt(12.0 * variance + 1.0);
    int whole = (int) ((width - 1) / 2);
    float rest = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
    rest /= 6 * (variance - (whole + 1) * (whole + 1));
    int inner = (int) (ONE / ((whole + rest) * 2 + 1));
    int outer = (ONE - (2 * whole + 1) * inner) / 2;
    middle = inner;
    near = whole == 0 ? outer : inner;
    far = whole == 0 ? 0 : outer;
  }

  private void averageAcross(int[] row) {
    for (int i = 0; i < moved.length; i++) {
      move(row, (i - 2) * CHANNELS, moved[i]);
    }
    average(moved[0], moved[1], moved[2], moved[3], moved[4], row);
  }

  private static void move(int[] row, int by, int[] to) {
    int length = row.length;
    int kept = Math.max(0, length - Math.abs(by));
    if (by < 0) {
      System.arraycopy(row, 0, to, length - kept, kept);
      for (int i = 0; i < length - kept; i++) {
        to[i] = row[i % CHANNELS];
      }
    } else {
      System.arraycopy(row, length - kept, to, 0, kept);
      for (int i = kept; i < length; i++) {
        to[i] = row[length - CHANNELS + i % CHANNELS];
      }
    }
  }

  private void averageDown() {
    int last = rows.length - 1;
    for (int y = 0; y <= last; y++) {
      average(
          rows[Math.max(0, y - 2)],
          rows[Math.max(0, y - 1)],
          rows[y],
          rows[Math.min(last, y + 1)],
          rows[Math.min(last, y + 2)],
          nextRows[y]);
    }
    int[][] made = nextRows;
    nextRows = rows;
    rows = made;
  }

  /**
   * Means of elements that stand at the same index of rows of their own: this is what the compiler
   * makes vector instructions of, which are five times as fast.
   */
  private void average(int[] a, int[] b, int[] c, int[] d, int[] e, int[] to) {
    int middle = this.middle;
    int near = this.near;
    int far = this.far;
    for (int i = 0; i < to.length; i++) {
      to[i] = (middle * c[i] + near * (b[i] + d[i]) + far * (a[i] + e[i]) + HALF) >>> WEIGHT_BITS;
    }
  }
}
