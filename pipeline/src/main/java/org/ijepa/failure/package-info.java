/** Errors that are the user's to know about: one line, what to do, and the exit code they mean. */
package org.ijepa.failure;
