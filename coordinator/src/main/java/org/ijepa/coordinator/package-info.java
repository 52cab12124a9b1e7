/** The coordinator: its actor, and its side of the step protocol as pure state machines. */
package org.ijepa.coordinator;
