package org.ijepa.coordinator;

import org.ijepa.failure.ExitCode;

/**
 * How a run ended.
 *
 * @param exitCode of the command
 * @param step number of steps committed
 * @param text a line for people
 */
public record RunOutcome(ExitCode exitCode, long step, String text) {
  /** The end of a node that the run goes on without. */
  public static RunOutcome removed() {
    return new RunOutcome(
        ExitCode.INTERRUPTED,
        0,
        "this node was removed from the run: the others could not reach it for too long;"
            + " the same command joins again");
  }
}
