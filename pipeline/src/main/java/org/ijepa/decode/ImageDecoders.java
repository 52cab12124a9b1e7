package org.ijepa.decode;

/** Chooses the codecs of this machine. */
public final class ImageDecoders {
  /** Beyond this many pixels Pillow too takes an image for an attack. */
  public static final long PILLOW_PIXEL_LIMIT = 178_956_970;

  private ImageDecoders() {}

  /**
   * A decoder on OpenCV's codecs, which are the same on every machine.
   *
   * @param pixelLimit images of more pixels are {@link BadImage.Cause#TOO_LARGE}; decoding one
   *     takes about four bytes a pixel of native memory in each thread
   */
  public static ImageDecoder openCv(long pixelLimit) {
    Codec openCv = new OpenCvCodec();
    return new CodecImageDecoder(pixelLimit, openCv, openCv, new ImageIoCodec());
  }
}
