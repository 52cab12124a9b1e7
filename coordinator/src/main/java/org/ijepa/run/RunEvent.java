package org.ijepa.run;

import java.time.Instant;

/**
 * Something that happened to a run.
 *
 * @param step number of steps committed when it happened
 * @param totalSteps of the whole run; 0 where nobody knows yet
 * @param text a line for people
 */
public record RunEvent(Instant time, Kind kind, long step, long totalSteps, String text) {
  /** What sort of thing. */
  public enum Kind {
    /** A process leads the run from here on. */
    LED,
    /** Something that people want to know. */
    NOTED,
    /** A checkpoint is complete; the text is its name. */
    CHECKPOINT,
    /** The run has come to an end or to a stop. */
    ENDED
  }
}
