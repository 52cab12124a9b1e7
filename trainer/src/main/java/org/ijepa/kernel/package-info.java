/**
 * The TorchScript library that runs the training step, and direct access to the memory of tensors.
 */
package org.ijepa.kernel;
