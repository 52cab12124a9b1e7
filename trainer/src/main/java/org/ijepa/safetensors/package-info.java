/** The safetensors file format: named tensors after a JSON header. */
package org.ijepa.safetensors;
