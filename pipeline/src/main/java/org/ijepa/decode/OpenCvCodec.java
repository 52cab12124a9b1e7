package org.ijepa.decode;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.opencv.core.Core;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** OpenCV's image codecs, whose memory is freed as soon as the pixels were used. */
final class OpenCvCodec implements Codec {

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
    Mat bytes = new Mat(1, file.limit(), CvType.CV_8UC1, file);
    Mat image = null;
    try {
      image = Imgcodecs.imdecode(bytes, flags(reduction) | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
      if (image.empty()
          || image.type() != CvType.CV_8UC3
          || image.cols() != header.width(reduction)
          || image.rows() != header.height(reduction)) {
        throw corrupt(header, "does not decode to what its header says");
      }
      long stride = image.step1();
      ByteBuffer pixels = new Pointer(image.dataAddr()).getByteBuffer(0, stride * image.rows());
      sink.accept(new ImagePixels(pixels, PixelLayout.BGR, image.cols(), image.rows(), stride));
    } catch (CvException e) {
      throw corrupt(header, "was refused by OpenCV: " + firstLine(e.getMessage()));
    } finally {
      if (image != null) {
        image.release();
      }
      bytes.release();
    }
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
