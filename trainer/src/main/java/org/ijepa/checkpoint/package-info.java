/** Checkpoints: a folder each, with a manifest that is written last. */
package org.ijepa.checkpoint;
