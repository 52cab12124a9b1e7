package org.ijepa.decode;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import nu.pattern.OpenCV;
import org.ijepa.crop.Crop;
import org.ijepa.decode.BadImage.Cause;
import org.ijepa.decode.ImageHeader.Format;
import org.opencv.core.Core;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Decodes with OpenCV. Orientation tags are ignored, transparency is dropped, 16-bit images keep
 * their upper byte, as in the published recipe's reading of images as RGB.
 */
public final class OpenCvDecoder implements ImageDecoder {
  private static final int FLAGS = Imgcodecs.IMREAD_COLOR | Imgcodecs.IMREAD_IGNORE_ORIENTATION;

  private final long maxPixels;
  private final ThreadLocal<Resizer> resizers = ThreadLocal.withInitial(Resizer::new);

  /**
   * Loads OpenCV.
   *
   * @param maxPixels images that claim more are refused from their header
   */
  public OpenCvDecoder(long maxPixels) {
    this.maxPixels = maxPixels;
    OpenCV.loadLocally();
    // Parallelism is the pipeline's; OpenCV's own threads would only compete with the trainers'.
    Core.setNumThreads(1);
  }

  @Override
  public String name() {
    return "opencv " + Core.VERSION;
  }

  @Override
  public void decode(ByteBuffer file, CropChooser chooser, int side, ByteBuffer target)
      throws BadImage {
    ImageHeader header = ImageHeader.read(file);
    if (header.pixels() > maxPixels) {
      throw new BadImage(
          Cause.TOO_LARGE,
          "the header claims " + header.width() + " x " + header.height() + " pixels");
    }
    ByteBuffer bytes = header.format() == Format.PNG ? PngChunks.needed(file) : file.slice();
    Mat encoded = new Mat(1, bytes.remaining(), CvType.CV_8UC1, bytes);
    Mat image = null;
    try {
      image = Imgcodecs.imdecode(encoded, FLAGS);
      check(image, header);
      Crop crop = chooser.choose(image.cols(), image.rows());
      int rowBytes = (int) image.step1();
      // The pixels are read where OpenCV has them; `image` outlives this view.
      ByteBuffer pixels =
          new Pointer(image.dataAddr()).getByteBuffer(0, (long) rowBytes * image.rows());
      resizers.get().resize(pixels, image.cols(), image.rows(), rowBytes, crop, side, target);
    } catch (CvException e) {
      throw new BadImage(Cause.UNDECODABLE, "the decoder failed: " + e.getMessage());
    } finally {
      if (image != null) {
        image.release();
      }
      encoded.release();
    }
  }

  private static void check(Mat image, ImageHeader header) throws BadImage {
    if (image.empty() || image.type() != CvType.CV_8UC3) {
      throw new BadImage(
          Cause.UNDECODABLE, "the decoder refuses this " + header.format() + " file");
    }
    if (image.cols() != header.width() || image.rows() != header.height()) {
      throw new BadImage(
          Cause.UNDECODABLE,
          "decoded as " + image.cols() + " x " + image.rows() + ", the header says otherwise");
    }
  }
}
