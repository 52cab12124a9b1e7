package org.ijepa.order;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Divisors: which parts a global batch, a share or a group can be cut into. */
public final class Divisors {
  private Divisors() {}

  /**
   * The largest divisor of {@code whole} that is at most {@code most}; 1 where {@code most} is less
   * than 1.
   */
  public static int largestUpTo(int whole, long most) {
    for (long candidate = Math.min(whole, most); candidate > 1; candidate--) {
      if (whole % candidate == 0) {
        return (int) candidate;
      }
    }
    return 1;
  }

  /**
   * The nearest divisors of {@code whole} up to {@code part} and above it, as far as there are any.
   */
  public static List<Integer> nearest(int whole, int part) {
    List<Integer> near = new ArrayList<>();
    for (int below = Math.min(part, whole); below >= 1; below--) {
      if (whole % below == 0) {
        near.add(below);
        break;
      }
    }
    for (long above = part + 1L; above <= whole; above++) {
      if (whole % above == 0) {
        near.add((int) above);
        break;
      }
    }
    return near;
  }

  /** {@link #nearest} as an error message has it: {@code "4 and 6"}. */
  public static String nearestText(int whole, int part) {
    return nearest(whole, part).stream().map(String::valueOf).collect(Collectors.joining(" and "));
  }

  /** The nearest multiples of {@code part} below and above {@code whole}, positive ones only. */
  public static List<Integer> nearestMultiples(int whole, int part) {
    int below = whole / part * part;
    long above = below + (long) part;
    List<Integer> near = new ArrayList<>();
    if (below > 0) {
      near.add(below);
    }
    if (above <= Integer.MAX_VALUE) {
      near.add((int) above);
    }
    return near;
  }
}
