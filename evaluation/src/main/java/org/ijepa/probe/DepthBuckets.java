package org.ijepa.probe;

import java.util.Locale;

/** The classes of a distance in the published Clevr probe: 0, 8, 8.5, 9, 9.5, 10, 100. */
public final class DepthBuckets {
  private static final double[] BOUNDS = {0, 8, 8.5, 9, 9.5, 10, 100};

  private DepthBuckets() {}

  /**
   * The bucket of a distance, 0 to 5: from its lower bound up to but not at its upper one.
   *
   * @throws org.ijepa.failure.Failure for a distance outside all of them
   */
  public static int of(double distance) {
    if (!(distance >= BOUNDS[0] && distance < BOUNDS[BOUNDS.length - 1])) {
      throw Inputs.bad(
          "a distance of " + distance + " is in none of the buckets from 0 to 100",
          "leave scenes without objects out");
    }
    int bucket = 0;
    while (distance >= BOUNDS[bucket + 1]) {
      bucket++;
    }
    return bucket;
  }

  /** The bounds of all buckets, in a line. */
  public static String text() {
    StringBuilder text = new StringBuilder("classes:");
    for (int i = 0; i + 1 < BOUNDS.length; i++) {
      text.append(String.format(Locale.ROOT, "  %d: %s - %s", i, plain(i), plain(i + 1)));
    }
    return text.toString();
  }

  private static String plain(int bound) {
    return String.format(Locale.ROOT, BOUNDS[bound] % 1 == 0 ? "%.0f" : "%.1f", BOUNDS[bound]);
  }
}
