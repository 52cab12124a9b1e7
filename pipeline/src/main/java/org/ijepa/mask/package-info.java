/** Multi-block masks: which patches of an image are context and which are targets. */
package org.ijepa.mask;
