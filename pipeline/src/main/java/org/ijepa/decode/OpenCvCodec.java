package org.ijepa.decode;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.IntFunction;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.opencv.core.Core;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** OpenCV's image codecs, whose memory is freed as soon as the pixels were used. */
final class OpenCvCodec implements Codec {
  /** Four channels of 16 bits must fit into one buffer. */
  private static final long MOST_PIXELS = Integer.MAX_VALUE / 8;

  /** OpenCV's StsNoMem, as it stands in the text of an exception, which has no number. */
  private static final String NO_MEMORY = "(-4:";

  OpenCvCodec() {
    OpenCvLibrary.load();
  }

  @Override
  public String name() {
    return "opencv-" + Core.VERSION;
  }

  @Override
  public void decode(
      ByteBuffer file, ImageHeader header, int reduction, NativeBytes scratch, PixelSink sink)
      throws BadImage {
    decode(
        file,
        header,
        reduction,
        flags(reduction) | Imgcodecs.IMREAD_IGNORE_ORIENTATION,
        type -> type == CvType.CV_8UC3 ? Optional.of(PixelLayout.BGR) : Optional.empty(),
        sink);
  }

  /** Of PNG and WebP with alpha, which OpenCV gives as blue, green, red, alpha, of grey too. */
  @Override
  public void decodeChannels(
      ByteBuffer file, ImageHeader header, NativeBytes scratch, PixelSink sink) throws BadImage {
    long pixels = (long) header.width() * header.height();
    if (pixels > MOST_PIXELS) {
      throw new BadImage(
          BadImage.Cause.TOO_LARGE,
          "%s of %d x %d pixels: more than %d, the limit with alpha"
              .formatted(header.format(), header.width(), header.height(), MOST_PIXELS));
    }
    decode(file, header, 1, Imgcodecs.IMREAD_UNCHANGED, type -> layout(type, header), sink);
  }

  private static Optional<PixelLayout> layout(int type, ImageHeader header) {
    if (type == CvType.CV_8UC4) {
      return Optional.of(PixelLayout.bgra(1, header.channels()));
    }
    return type == CvType.CV_16UC4
        ? Optional.of(PixelLayout.bgra(2, header.channels()))
        : Optional.empty();
  }

  /**
   * Decodes.
   *
   * @param layouts of OpenCV's types of pixels, empty for types that are not expected
   */
  private static void decode(
      ByteBuffer file,
      ImageHeader header,
      int reduction,
      int flags,
      IntFunction<Optional<PixelLayout>> layouts,
      PixelSink sink)
      throws BadImage {
    Mat bytes = new Mat(1, file.limit(), CvType.CV_8UC1, file);
    Mat image = null;
    try {
      image = Imgcodecs.imdecode(bytes, flags);
      Optional<PixelLayout> layout = layouts.apply(image.type());
      if (image.empty()
          || layout.isEmpty()
          || image.cols() != header.width(reduction)
          || image.rows() != header.height(reduction)) {
        throw corrupt(header, "does not decode to what its header says");
      }
      long stride = image.step1() * image.elemSize1();
      ByteBuffer pixels = new Pointer(image.dataAddr()).getByteBuffer(0, stride * image.rows());
      sink.accept(new ImagePixels(pixels, layout.get(), image.cols(), image.rows(), stride));
    } catch (CvException e) {
      throw refused(header, e);
    } finally {
      if (image != null) {
        image.release();
      }
      bytes.release();
    }
  }

  /**
   * What OpenCV's complaint says of a file.
   *
   * @throws Failure if it says nothing: another machine, or this one later, has the memory
   */
  static BadImage refused(ImageHeader header, CvException complaint) {
    String text = firstLine(complaint.getMessage());
    if (text.contains(NO_MEMORY)) {
      throw new Failure(
          ExitCode.INTERRUPTED,
          "no memory to decode a %s of %d x %d pixels: %s"
              .formatted(header.format(), header.width(), header.height(), text),
          "lower pipeline.decode.parallelism or give more memory, and start the same command again",
          complaint);
    }
    return corrupt(header, "was refused by OpenCV: " + text);
  }

  private static int flags(int reduction) {
    return switch (reduction) {
      case 1 -> Imgcodecs.IMREAD_COLOR;
      case 2 -> Imgcodecs.IMREAD_REDUCED_COLOR_2;
      case 4 -> Imgcodecs.IMREAD_REDUCED_COLOR_4;
      default -> throw new IllegalArgumentException("no reduction by " + reduction);
    };
  }

  private static BadImage corrupt(ImageHeader header, String what) {
    return new BadImage(
        BadImage.Cause.CORRUPT,
        "%s of %d x %d pixels %s"
            .formatted(header.format(), header.width(), header.height(), what));
  }

  private static String firstLine(String text) {
    return text == null ? "no reason given" : text.lines().findFirst().orElse("no reason given");
  }
}
