package org.ijepa.decode;

/**
 * The header of one file. Running off the end of the bytes shows as {@link
 * IndexOutOfBoundsException}, which {@link ImageHeader} takes for a truncated file.
 */
interface FormatReader {
  /** Pixels, as an unsigned integer. */
  int width();

  /** Pixels, as an unsigned integer. */
  int height();

  /** Whether the end of the format is there; asked after the size was found acceptable. */
  boolean complete() throws BadImage;

  /** See {@link ImageHeader#channels()}. */
  int channels();

  /** See {@link ImageHeader#inks()}. */
  default Inks inks() {
    return Inks.NONE;
  }
}
