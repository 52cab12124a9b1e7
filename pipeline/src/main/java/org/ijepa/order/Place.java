package org.ijepa.order;

/**
 * What stands at a place of the run.
 *
 * @param epoch from 0
 * @param position within the epoch's permuted sequence
 * @param sample index of the sample, in the order of the source's index
 */
public record Place(long epoch, long position, long sample) {}
