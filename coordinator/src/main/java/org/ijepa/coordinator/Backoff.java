package org.ijepa.coordinator;

/**
 * How a coordinator goes on when sums fail again and again, in ticks: the time from one {@link
 * CoordinatorEvent.Tick} to the next.
 *
 * @param delayTicks pause before the third attempt in a row
 * @param maxDelayTicks that it doubles up to from attempt to attempt
 * @param attempts that count against somebody, after which a member is left out or the run stops
 * @param leaveOutTicks for which a member is left out at first; twice as long each further time
 */
public record Backoff(int delayTicks, int maxDelayTicks, int attempts, int leaveOutTicks) {
  /** Attempts in a row that are made at once: whoever was lost costs no more than it must. */
  private static final int AT_ONCE = 2;

  /** Times after which it does not get longer. */
  private static final int MOST_DOUBLED = 16;

  /** Ticks to wait after so many failures in a row, the last of them included. */
  int pause(int failures) {
    int further = failures - AT_ONCE - 1;
    return further < 0 ? 0 : (int) Math.min(maxDelayTicks, doubled(delayTicks, further));
  }

  /** Ticks for which a member is left out that was so many times before. */
  int leaveOut(int times) {
    return (int) Math.min(Integer.MAX_VALUE, doubled(leaveOutTicks, times));
  }

  private static long doubled(int ticks, int times) {
    return (long) ticks << Math.min(times, MOST_DOUBLED);
  }
}
