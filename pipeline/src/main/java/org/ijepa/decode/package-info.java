/**
 * Bytes of an image file in, a cropped and resized square of unsigned bytes in native memory out.
 */
package org.ijepa.decode;
