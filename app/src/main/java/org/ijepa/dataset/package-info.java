/** Labelled image folders: rendered scenes of solids, and conversion of idx files. */
package org.ijepa.dataset;
