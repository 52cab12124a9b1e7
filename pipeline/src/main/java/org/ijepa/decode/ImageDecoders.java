package org.ijepa.decode;

import java.util.Optional;

/** Chooses the codecs of this machine. */
public final class ImageDecoders {
  /** Beyond this many pixels Pillow too takes an image for an attack. */
  public static final long PILLOW_PIXEL_LIMIT = 178_956_970;

  /** Four bytes a pixel must fit into one buffer. */
  public static final long LARGEST_PIXEL_LIMIT = 500_000_000;

  /** Which codec reads JPEG. */
  public enum Choice {
    /** libjpeg-turbo where the machine has it, OpenCV otherwise. */
    AUTO,
    /** OpenCV, the same on every machine. */
    OPENCV,
    /** libjpeg-turbo, or an error. */
    TURBOJPEG
  }

  private ImageDecoders() {}

  /**
   * Opens a decoder; its {@link ImageDecoder#name()} belongs to the run's meaning.
   *
   * @param pixelLimit images of more pixels are {@link BadImage.Cause#TOO_LARGE}; decoding one
   *     takes about four bytes a pixel of native memory in each thread
   * @throws IllegalStateException if libjpeg-turbo is asked for and not there
   */
  public static ImageDecoder open(Choice choice, long pixelLimit) {
    if (pixelLimit < 1 || pixelLimit > LARGEST_PIXEL_LIMIT) {
      throw new IllegalArgumentException(
          "the limit on pixels must be between 1 and %d, not %d"
              .formatted(LARGEST_PIXEL_LIMIT, pixelLimit));
    }
    Codec openCv = new OpenCvCodec();
    Codec fallback = new ImageIoCodec();
    Optional<TurboJpegCodec> turbo =
        choice == Choice.OPENCV ? Optional.empty() : TurboJpegCodec.find(openCv);
    if (turbo.isEmpty() && choice == Choice.TURBOJPEG) {
      throw new IllegalStateException(
          "libturbojpeg.so.0 is not on this machine; install libturbojpeg0, or choose opencv or auto");
    }
    Codec jpeg = turbo.<Codec>map(codec -> codec).orElse(openCv);
    return new CodecImageDecoder(pixelLimit, openCv, jpeg, fallback);
  }
}
