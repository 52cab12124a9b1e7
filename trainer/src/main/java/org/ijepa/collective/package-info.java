/** Sums and copies of flat tensors between the trainers of one generation. */
package org.ijepa.collective;
