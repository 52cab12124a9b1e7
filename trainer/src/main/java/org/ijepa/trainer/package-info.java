/** The trainer: its actor, its worker thread, and the member's side of the step protocol. */
package org.ijepa.trainer;
