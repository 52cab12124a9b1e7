/** A node of a run: its guardian, and how settings become parts. */
package org.ijepa.node;
