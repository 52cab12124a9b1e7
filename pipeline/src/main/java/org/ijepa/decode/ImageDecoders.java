package org.ijepa.decode;

import java.util.Optional;
import java.util.function.Function;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.settings.Settings;

/** Chooses the codecs of this machine. */
public final class ImageDecoders {
  /** Beyond this many pixels Pillow too takes an image for an attack. */
  public static final long PILLOW_PIXEL_LIMIT = 178_956_970;

  /** Four bytes a pixel must fit into one buffer. */
  public static final long LARGEST_PIXEL_LIMIT = PipelineSettings.MOST_PIXELS;

  /** Which codec reads JPEG. */
  public enum Choice {
    /** libjpeg-turbo where the machine has it, OpenCV otherwise. */
    AUTO,
    /** OpenCV, the same on every machine. */
    OPENCV,
    /** libjpeg-turbo, or an error. */
    TURBOJPEG
  }

  /**
   * What belongs to a run's meaning, with the decoder's name.
   *
   * @param pixelLimit images of more pixels are {@link BadImage.Cause#TOO_LARGE}; decoding one
   *     takes about four bytes a pixel of native memory in each thread
   * @param dctScaling decode a JPEG at a half or a quarter of its size where the crop is at least
   *     four or eight times as large as what becomes of it
   * @param channels that every image becomes, see {@link ImageDecoder#decode}
   */
  public record Options(Choice choice, long pixelLimit, boolean dctScaling, int channels) {
    private static final int COLORS = 3;

    /** Of an image at its own size, in red, green and blue. */
    public static Options exact(Choice choice, long pixelLimit) {
      return new Options(choice, pixelLimit, false, COLORS);
    }

    /** What a run's settings say, with the codecs that this machine has. */
    public static Options of(Settings settings) {
      PipelineSettings pipeline = settings.pipeline();
      return new Options(
          choice(pipeline.codec()),
          pipeline.maxPixels(),
          pipeline.dctScaling(),
          settings.data().channels());
    }

    private static Choice choice(PipelineSettings.Codec codec) {
      return switch (codec) {
        case AUTO -> Choice.AUTO;
        case OPENCV -> Choice.OPENCV;
        case TURBOJPEG -> Choice.TURBOJPEG;
      };
    }
  }

  private ImageDecoders() {}

  /** Opens a decoder of images at their own size. */
  public static ImageDecoder open(Choice choice, long pixelLimit) {
    return open(Options.exact(choice, pixelLimit));
  }

  /**
   * Opens a decoder; its {@link ImageDecoder#name()} belongs to the run's meaning.
   *
   * @throws Failure if libjpeg-turbo is asked for and not there
   */
  public static ImageDecoder open(Options options) {
    long pixelLimit = options.pixelLimit();
    if (pixelLimit < 1 || pixelLimit > LARGEST_PIXEL_LIMIT) {
      throw new IllegalArgumentException(
          "the limit on pixels must be between 1 and %d, not %d"
              .formatted(LARGEST_PIXEL_LIMIT, pixelLimit));
    }
    Codec openCv = new OpenCvCodec();
    Codec fallback = new ImageIoCodec();
    Codec jpeg = jpeg(options.choice(), openCv, TurboJpegCodec::find);
    return new CodecImageDecoder(options, openCv, jpeg, fallback);
  }

  /** The codec for JPEG; {@code turbo} looks for libjpeg-turbo on this machine. */
  static Codec jpeg(Choice choice, Codec openCv, Function<Codec, Optional<? extends Codec>> turbo) {
    if (choice == Choice.OPENCV) {
      return openCv;
    }
    Optional<Codec> found = turbo.apply(openCv).map(codec -> codec);
    if (found.isEmpty() && choice == Choice.TURBOJPEG) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "pipeline.decode.codec = turbojpeg, and libturbojpeg.so.0 is not on this machine",
          "install it (Debian: apt-get install libturbojpeg0), or set opencv or auto");
    }
    return found.orElse(openCv);
  }
}
