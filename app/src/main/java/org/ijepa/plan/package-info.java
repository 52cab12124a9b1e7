/**
 * What a run will take: a simulation of its steps, checkpoints and failures on machines that were
 * measured.
 */
package org.ijepa.plan;
