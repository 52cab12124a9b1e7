/** The nodes of a cluster that run on one machine: starting, watching and ending them. */
package org.ijepa.local;
