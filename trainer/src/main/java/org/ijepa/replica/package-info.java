/** One replica of the model on one device: its state and its training step. */
package org.ijepa.replica;
