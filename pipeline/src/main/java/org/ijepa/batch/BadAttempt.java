package org.ijepa.batch;

/**
 * A try at a sample's place whose bytes are no usable image.
 *
 * @param attempt which try it was: 0 the sample itself, then substitutes
 * @param key name of the sample within its source
 * @param cause kind of defect
 * @param detail the numbers that show it
 */
public record BadAttempt(int attempt, String key, String cause, String detail) {}
