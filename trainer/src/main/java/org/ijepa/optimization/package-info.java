/** Schedules of learning rate, weight decay and EMA momentum. */
package org.ijepa.optimization;
