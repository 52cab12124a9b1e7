/** Replay of trajectories recorded with the published implementation. */
package org.ijepa.parity;
