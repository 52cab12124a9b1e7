/** The run folder and its files: what a run leaves behind, with every committed step once. */
package org.ijepa.run;
