/**
 * The live view of a run over HTTP: a page, its events, and metrics, all from the files of the run
 * folder. So it is the same for a run of this process, of another one, and for one that is over.
 */
package org.ijepa.dashboard;
