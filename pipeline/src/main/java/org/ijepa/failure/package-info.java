/** Failures that a user can act on: a line that names the thing, a hint, an exit code. */
package org.ijepa.failure;
