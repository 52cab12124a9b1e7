/**
 * Multi-block masks: which patches are context and which are targets, as published or corrected.
 */
package org.ijepa.mask;
