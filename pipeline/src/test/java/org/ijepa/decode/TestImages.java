package org.ijepa.decode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** The photos and odd files that the tests share. */
final class TestImages {
  private TestImages() {}

  static byte[] bytes(String name) {
    try (InputStream in = TestImages.class.getResourceAsStream("/images/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test image " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  static byte[] decode(ImageDecoder decoder, byte[] file, CropChooser crop, int side)
      throws BadImage {
    ByteBuffer target = ByteBuffer.allocateDirect(side * side * 3);
    decoder.decode(ByteBuffer.wrap(file), crop, side, target);
    byte[] out = new byte[side * side * 3];
    target.flip().get(out);
    return out;
  }
}
