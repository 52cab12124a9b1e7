package org.ijepa.decode;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import org.ijepa.crop.Crop;

/**
 * Decodes an image file, crops it and resizes the crop to a square, without keeping anything of it.
 *
 * <p>Safe for use from many threads at once; scratch memory is pooled, and there is never more of
 * it than threads that decoded at the same time. Name, version and options of the codec are part of
 * a run's meaning, since codecs differ in the last bits: {@link #name()} says them all.
 */
public interface ImageDecoder extends AutoCloseable {

  /** Codec, version and options that decide about bits, for example {@code opencv-4.9.0}. */
  String name();

  /** C, unsigned bytes that a pixel becomes. */
  int channels();

  /**
   * Decodes {@code file} and writes the resized crop.
   *
   * <p>With C = 3 a pixel becomes red, green and blue whatever the file holds: grey is repeated, a
   * palette looked up, alpha dropped without blending, CMYK multiplied out. With C = 1 it becomes
   * the {@link Luma} of these. With any other C an image must have as many channels itself, which
   * are taken as they are stored: PNG and WebP with alpha have 4 (PNG of grey and alpha 2), TIFF
   * has what its header says. Of 16-bit samples the upper byte is taken, an orientation tag is
   * ignored. The resize is the antialiased bilinear one of the published recipe.
   *
   * @param file whole file between position and limit, left as it is; no copy is made of a direct
   *     one
   * @param crop called once, after the header was read and found to be acceptable
   * @param side of the result in pixels
   * @param target direct buffer with at least {@code side * side * C} bytes remaining; they are
   *     written in H x W x C order from its position, which moves past them. After a failure
   *     position is unchanged and contents are undefined.
   * @throws BadImage if the bytes themselves cannot be used
   */
  void decode(ByteBuffer file, CropChooser crop, int side, ByteBuffer target) throws BadImage;

  /** As above, of a file as it was read, the square in its middle: what evaluation looks at. */
  default void decodeMiddle(ByteString file, int side, ByteBuffer target) throws BadImage {
    ByteBuffer bytes = ByteBuffer.allocateDirect(file.size());
    file.copyToBuffer(bytes);
    decode(bytes.flip(), Crop::middle, side, target);
  }

  /** Frees the pooled native memory; no decode may be under way. */
  @Override
  void close();
}
