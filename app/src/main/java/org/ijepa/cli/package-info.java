/** The {@code ijepa} command line: commands, shared options, one-line errors, progress. */
package org.ijepa.cli;
