package org.ijepa.feature;

import org.ijepa.source.DataSource;

/**
 * The images of a set that can be read.
 *
 * @param samples their numbers in the source
 * @param shifts how they are moved before the encoder sees them
 */
public record LabelledPart(DataSource source, long[] samples, Shifts shifts) {}
