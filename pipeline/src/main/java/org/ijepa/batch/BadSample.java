package org.ijepa.batch;

/**
 * A sample that was replaced because its bytes are no usable image.
 *
 * @param slot within the global batch
 * @param attempt which try at this place it was: 0 the sample itself, then substitutes
 * @param key name of the sample within its source
 * @param cause kind of defect
 * @param detail the numbers that show it
 */
public record BadSample(int slot, int attempt, String key, String cause, String detail) {}
