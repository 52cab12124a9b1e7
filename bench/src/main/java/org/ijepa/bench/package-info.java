/** Measurements: the training step and the way of the data, beside the same work in Python. */
package org.ijepa.bench;
