package org.ijepa.decode;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** Sound images in every format and the variants of it that are read, to be spoilt. */
final class CorpusImages {
  private static final int LOSSLESS = 101;

  private CorpusImages() {}

  /** Always the same images in the same order on one Java. */
  static List<byte[]> all() throws IOException {
    List<byte[]> images = new ArrayList<>();
    for (String name :
        List.of(
            "rgba.png",
            "gray16.png",
            "palette.png",
            "tiny.png",
            "photo.webp",
            "cmyk.jpg",
            "gray.jpg",
            "progressive.jpg",
            "exif-rotated.jpg")) {
      images.add(TestImages.bytes("odd/" + name));
    }
    images.add(TestImages.bytes("flower.jpg"));
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    BufferedImage colour = ImageIO.read(new ByteArrayInputStream(photo));
    BufferedImage palette = redrawn(colour, BufferedImage.TYPE_BYTE_INDEXED);
    BufferedImage grey = redrawn(colour, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage ink = redrawn(colour, BufferedImage.TYPE_BYTE_BINARY);
    images.add(write(colour, "jpeg", null, false));
    images.add(write(grey, "jpeg", null, true));
    images.add(write(colour, "png", null, true));
    images.add(write(ink, "png", null, false));
    images.add(write(colour, "bmp", "BI_RGB", false));
    images.add(write(palette, "bmp", "BI_RLE8", false));
    images.add(write(ink, "bmp", "BI_RGB", false));
    images.add(write(palette, "gif", null, false));
    images.add(write(palette, "gif", null, true));
    for (String compression : List.of("LZW", "ZLib", "PackBits", "JPEG")) {
      images.add(write(colour, "tiff", compression, false));
    }
    images.add(write(colour, "tiff", null, false));
    images.add(write(ink, "tiff", "CCITT T.6", false));
    images.add(write(palette, "tiff", "Deflate", false));
    OpenCvLibrary.load();
    images.add(encode(photo, ".webp", CvType.CV_8UC3, Imgcodecs.IMWRITE_WEBP_QUALITY, LOSSLESS));
    images.add(encode(photo, ".webp", CvType.CV_8UC3, Imgcodecs.IMWRITE_WEBP_QUALITY, 40));
    images.add(encode(photo, ".png", CvType.CV_16UC3, Imgcodecs.IMWRITE_PNG_COMPRESSION, 6));
    return images;
  }

  /** For decoding to a number of channels: only four tell red, green, blue and alpha apart. */
  static List<byte[]> of(int channels) throws IOException {
    return channels == 4 ? withAlpha() : all();
  }

  /** What has four channels, and two files that have not. */
  private static List<byte[]> withAlpha() throws IOException {
    List<byte[]> images = new ArrayList<>();
    for (String name : List.of("rgba.png", "cmyk.jpg", "progressive.jpg")) {
      images.add(TestImages.bytes("odd/" + name));
    }
    BufferedImage photo =
        ImageIO.read(new ByteArrayInputStream(TestImages.bytes("odd/progressive.jpg")));
    BufferedImage veiled = veiled(photo);
    images.add(write(veiled, "png", null, true));
    for (String compression : List.of("LZW", "ZLib", "PackBits")) {
      images.add(write(veiled, "tiff", compression, false));
    }
    int[] rgba =
        veiled.getData().getPixels(0, 0, veiled.getWidth(), veiled.getHeight(), (int[]) null);
    byte[] samples = new byte[rgba.length];
    for (int i = 0; i < rgba.length; i++) {
      samples[i] = (byte) rgba[i];
    }
    images.add(Tiffs.of(veiled.getWidth(), veiled.getHeight(), 4, 8, 1, samples));
    OpenCvLibrary.load();
    byte[] png = images.get(images.size() - 5);
    images.add(encode(png, ".png", CvType.CV_16UC4, Imgcodecs.IMWRITE_PNG_COMPRESSION, 6));
    images.add(encode(png, ".webp", CvType.CV_8UC4, Imgcodecs.IMWRITE_WEBP_QUALITY, LOSSLESS));
    images.add(encode(png, ".webp", CvType.CV_8UC4, Imgcodecs.IMWRITE_WEBP_QUALITY, 40));
    return images;
  }

  /** The image behind a veil that grows thicker to the right. */
  private static BufferedImage veiled(BufferedImage image) {
    BufferedImage veiled =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_4BYTE_ABGR);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int alpha = 255 - 200 * x / image.getWidth();
        veiled.setRGB(x, y, (image.getRGB(x, y) & 0xffffff) | (alpha << 24));
      }
    }
    return veiled;
  }

  private static BufferedImage redrawn(BufferedImage image, int type) {
    BufferedImage redrawn = new BufferedImage(image.getWidth(), image.getHeight(), type);
    Graphics2D graphics = redrawn.createGraphics();
    graphics.drawImage(image, 0, 0, null);
    graphics.dispose();
    return redrawn;
  }

  private static byte[] write(
      BufferedImage image, String format, String compression, boolean progressive)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (compression != null) {
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionType(compression);
      }
      if (progressive) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] encode(byte[] file, String ending, int type, int option, int value) {
    Mat image =
        Imgcodecs.imdecode(
            new MatOfByte(file),
            CvType.channels(type) == 4 ? Imgcodecs.IMREAD_UNCHANGED : Imgcodecs.IMREAD_COLOR);
    image.convertTo(image, type, CvType.depth(type) == CvType.CV_16U ? 257 : 1);
    MatOfByte encoded = new MatOfByte();
    Imgcodecs.imencode(ending, image, encoded, new MatOfInt(option, value));
    return encoded.toArray();
  }
}
