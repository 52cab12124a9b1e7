package org.ijepa.decode;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The JDK's codecs, for what no native codec reads as wanted: GIF, TIFF, and JPEG in inks of
 * unstated sense. It takes the samples as they are stored, since the JDK's colour conversion
 * applies gamma to grey.
 */
final class ImageIoCodec implements Codec {
  /** It decodes on the Java heap, so it takes no larger images, whatever the general limit. */
  static final long PIXEL_LIMIT = 1L << 26;

  /** Of samples as the JDK's readers hold them, by their own reading of the header. */
  private static final long BYTE_LIMIT = 3 * PIXEL_LIMIT;

  @Override
  public String name() {
    return "imageio";
  }

  @Override
  public void decode(
      ByteBuffer file, ImageHeader header, int reduction, NativeBytes scratch, PixelSink sink)
      throws BadImage {
    read(
        file,
        header,
        PixelLayout.RGB,
        scratch,
        (reader, pixels) -> {
          if (header.inks() != Inks.PLAIN) {
            putColors(reader.read(0), header, pixels);
          } else if (header.format() == ImageFormat.TIFF) {
            putInks(reader.read(0).getRaster(), header, pixels);
          } else {
            putInks(reader.readRaster(0, null), header, pixels);
          }
        },
        sink);
  }

  @Override
  public void decodeChannels(
      ByteBuffer file, ImageHeader header, NativeBytes scratch, PixelSink sink) throws BadImage {
    read(
        file,
        header,
        PixelLayout.bands(header.channels()),
        scratch,
        (reader, pixels) -> putChannels(reader.read(0), header, pixels),
        sink);
  }

  /** Puts the first image of a file into memory. */
  private interface Reading {
    void put(ImageReader reader, ByteBuffer pixels) throws BadImage, IOException;
  }

  private static void read(
      ByteBuffer file,
      ImageHeader header,
      PixelLayout layout,
      NativeBytes scratch,
      Reading reading,
      PixelSink sink)
      throws BadImage {
    long most = BYTE_LIMIT / layout.bytes();
    if ((long) header.width() * header.height() > most) {
      throw new BadImage(
          BadImage.Cause.TOO_LARGE,
          "%s of %d x %d pixels: more than %d, the limit for this format"
              .formatted(header.format(), header.width(), header.height(), most));
    }
    long stride = (long) layout.bytes() * header.width();
    ByteBuffer pixels = scratch.ofAtLeast(stride * header.height());
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(header.format().name());
    if (!readers.hasNext()) {
      throw new BadImage(
          BadImage.Cause.UNSUPPORTED, "%s is not read by this Java".formatted(header.format()));
    }
    ImageReader reader = readers.next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new BufferInputStream(file))) {
      reader.setInput(in, true, true);
      checkClaims(reader, header);
      reading.put(reader, pixels);
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged files with either, and nothing here but the file is at
      // fault.
      throw corrupt(header, String.valueOf(e.getMessage()));
    } finally {
      reader.dispose();
    }
    sink.accept(new ImagePixels(pixels, layout, header.width(), header.height(), stride));
  }

  /**
   * What the reader itself is about to make room for: where a file says its size twice, it may take
   * the other one, and an image of 64 bits a pixel takes eight times one of a palette.
   */
  private static void checkClaims(ImageReader reader, ImageHeader header)
      throws BadImage, IOException {
    checkSize(reader.getWidth(0), reader.getHeight(0), header);
    ImageTypeSpecifier type = reader.getRawImageType(0);
    // Only JPEG in inks has no type; that is four bytes a pixel.
    long bits =
        type == null
            ? 4L * Byte.SIZE
            : (long) type.getNumBands()
                * DataBuffer.getDataTypeSize(type.getSampleModel().getDataType());
    long bytes = (long) header.width() * header.height() * bits / Byte.SIZE;
    if (bytes > BYTE_LIMIT) {
      throw new BadImage(
          BadImage.Cause.TOO_LARGE,
          "%s of %d x %d pixels with %d bits each: more than %d bytes, the limit for this format"
              .formatted(header.format(), header.width(), header.height(), bits, BYTE_LIMIT));
    }
  }

  private static void putInks(Raster raster, ImageHeader header, ByteBuffer to) throws BadImage {
    checkSize(raster.getWidth(), raster.getHeight(), header);
    int bands = raster.getNumBands();
    // What follows the four inks of a TIFF is alpha, which is left out.
    if (bands < 4) {
      throw corrupt(header, "has " + bands + " inks");
    }
    int[] bits = raster.getSampleModel().getSampleSize();
    int[] row = new int[bands * header.width()];
    for (int y = 0; y < header.height(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, header.width(), 1, row);
      for (int x = 0; x < row.length; x += bands) {
        int paper = 255 - (upperByte(row[x + 3], bits[3]) & 0xff);
        for (int ink = 0; ink < 3; ink++) {
          int light = 255 - (upperByte(row[x + ink], bits[ink]) & 0xff);
          to.put((byte) ((paper * light + 127) / 255));
        }
      }
    }
  }

  private static void putColors(BufferedImage image, ImageHeader header, ByteBuffer to)
      throws BadImage {
    checkSize(image.getWidth(), image.getHeight(), header);
    Raster raster = image.getRaster();
    ColorModel colors = image.getColorModel();
    int bands = raster.getNumBands();
    int[] row = new int[bands * header.width()];
    for (int y = 0; y < header.height(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, header.width(), 1, row);
      for (int x = 0; x < row.length; x += bands) {
        if (colors instanceof IndexColorModel palette) {
          int color = palette.getRGB(row[x]);
          to.put((byte) (color >> 16)).put((byte) (color >> 8)).put((byte) color);
        } else {
          // One or two bands are grey with or without alpha, three or four are colours.
          for (int channel = 0; channel < 3; channel++) {
            int band = bands < 3 ? 0 : channel;
            to.put(upperByte(row[x + band], colors.getComponentSize(band)));
          }
        }
      }
    }
  }

  private static void putChannels(BufferedImage image, ImageHeader header, ByteBuffer to)
      throws BadImage {
    checkSize(image.getWidth(), image.getHeight(), header);
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    if (bands != header.channels()) {
      throw corrupt(header, "decodes to %d channels".formatted(bands));
    }
    int[] bits = raster.getSampleModel().getSampleSize();
    int[] row = new int[bands * header.width()];
    for (int y = 0; y < header.height(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, header.width(), 1, row);
      for (int i = 0; i < row.length; i++) {
        to.put(upperByte(row[i], bits[i % bands]));
      }
    }
  }

  private static byte upperByte(int sample, int bits) {
    return (byte) (bits > 8 ? sample >>> (bits - 8) : sample * 255 / ((1 << bits) - 1));
  }

  private static void checkSize(int width, int height, ImageHeader header) throws BadImage {
    if (width != header.width() || height != header.height()) {
      throw corrupt(header, "decodes to %d x %d".formatted(width, height));
    }
  }

  private static BadImage corrupt(ImageHeader header, String what) {
    return new BadImage(
        BadImage.Cause.CORRUPT,
        "%s of %d x %d pixels: %s"
            .formatted(header.format(), header.width(), header.height(), what));
  }
}
