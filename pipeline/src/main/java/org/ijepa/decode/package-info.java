/**
 * The bytes of an image file become cropped, resized unsigned RGB bytes in native memory, or a
 * named reason why they cannot.
 */
package org.ijepa.decode;
