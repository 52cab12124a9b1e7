package org.ijepa.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Says from when on a read is slow: at twice the time that 95 of 100 of the last reads took at
 * most. Grants a second request for one of 20 reads, and up to 8 at once, so that a store that
 * slows down as a whole does not get twice the load as well. Not safe for use from many threads.
 */
final class SlowReads {
  private static final int KNOWN = 512;
  private static final int ENOUGH = 128;
  private static final int LOOKS = 32;
  private static final double QUANTILE = 0.95;
  private static final int FACTOR = 2;
  private static final double GRANT = 0.05;
  private static final double MOST_GRANTS = 8;

  /** What is over by then needs no help. */
  private static final long LEAST_NANOS = Duration.ofMillis(20).toNanos();

  private final long[] nanos = new long[KNOWN];
  private long reads;
  private long bound;
  private double grants;

  /** A read was answered after so long. */
  void answered(long itsNanos) {
    nanos[(int) (reads % KNOWN)] = itsNanos;
    reads++;
    grants = Math.min(MOST_GRANTS, grants + GRANT);
    if (reads >= ENOUGH && reads % LOOKS == 0) {
      long[] sorted = Arrays.copyOf(nanos, (int) Math.min(reads, KNOWN));
      Arrays.sort(sorted);
      bound = Math.max(LEAST_NANOS, FACTOR * sorted[(int) (QUANTILE * sorted.length)]);
    }
  }

  /** After what time a read is slow; empty until enough is known. */
  Optional<Duration> bound() {
    return bound == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(bound));
  }

  /** Whether a slow read may be sent again; uses the grant up. */
  boolean grant() {
    if (grants < 1) {
      return false;
    }
    grants--;
    return true;
  }
}
