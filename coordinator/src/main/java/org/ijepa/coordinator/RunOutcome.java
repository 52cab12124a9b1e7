package org.ijepa.coordinator;

import org.ijepa.failure.ExitCode;

/**
 * How a run ended.
 *
 * @param exitCode of the command
 * @param step number of steps committed
 * @param text a line for people
 */
public record RunOutcome(ExitCode exitCode, long step, String text) {}
