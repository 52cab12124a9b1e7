/** Faults, one after another, in a cluster on this machine, and what became of the run. */
package org.ijepa.chaos;
