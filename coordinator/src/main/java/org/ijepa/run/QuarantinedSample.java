package org.ijepa.run;

/**
 * A sample that its own bytes made unusable.
 *
 * @param step that wanted it, from 0
 * @param epoch from 1
 * @param position in the epoch's order
 * @param attempt 0 for the position's own sample, from 1 for substitutes that were bad as well
 * @param sample its name in the data set
 * @param cause in words
 * @param substitute the sample that stands in for it
 */
public record QuarantinedSample(
    long step,
    long epoch,
    long position,
    int attempt,
    String sample,
    String cause,
    String substitute) {}
