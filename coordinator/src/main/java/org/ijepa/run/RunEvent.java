package org.ijepa.run;

import java.time.Instant;

/**
 * Something that happened to a run.
 *
 * @param step number of steps committed when it happened
 * @param totalSteps of the whole run; 0 where nobody knows yet
 */
public record RunEvent(Instant time, Happening what, long step, long totalSteps) {
  /** A line for people. */
  public String text() {
    return what.text();
  }
}
