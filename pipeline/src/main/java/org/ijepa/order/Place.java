package org.ijepa.order;

/**
 * One place of a run.
 *
 * @param epoch from 0
 * @param position place within the epoch's permuted sequence of samples, from 0
 * @param sample the sample that stands there, as its number in the index of the data set
 */
public record Place(long epoch, long position, long sample) {}
