/** Micro-batches: which they are (pure), and the stream that fills them with pixels. */
package org.ijepa.batch;
