package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import javax.imageio.ImageIO;
import org.ijepa.crop.Crop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** TIFF files whose decoding would take more of the heap than there is. */
class LyingTiffTest {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int ENTRY = 12;
  private static ImageDecoder decoder;

  @BeforeAll
  static void open() {
    decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  @Test
  void shouldRefuseASecondSizeThatTheReaderWouldTake() throws IOException {
    byte[] file = write(new BufferedImage(16, 16, BufferedImage.TYPE_3BYTE_BGR));
    // 2 GB of pixels, in a file that begins with a size of 16 x 16.
    BadImage failure = failure(withMoreEntries(file, Map.of(WIDTH, 26_000, HEIGHT, 26_000)));

    assertThat(failure.reason()).isEqualTo(BadImage.Cause.CORRUPT);
    assertThat(failure).hasMessageContaining("26000 x 26000");
  }

  @Test
  void shouldCountTheBitsOfAPixel() throws IOException {
    byte[] file = write(sixteenBitsEach());
    assertThat(catchThrowableOfType(BadImage.class, () -> decode(file))).isNull();
    // As many pixels as are allowed, but of eight bytes.
    BadImage failure = failure(withEntries(file, Map.of(WIDTH, 8000, HEIGHT, 8000)));

    assertThat(failure.reason()).isEqualTo(BadImage.Cause.TOO_LARGE);
    assertThat(failure).hasMessageContaining("64 bits");
  }

  private static BadImage failure(byte[] file) {
    return catchThrowableOfType(BadImage.class, () -> decode(file));
  }

  private static void decode(byte[] file) throws BadImage {
    TestImages.decode(decoder, file, (width, height) -> new Crop(0, 0, width, height), 8);
  }

  private static BufferedImage sixteenBitsEach() {
    ComponentColorModel colors =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_USHORT);
    return new BufferedImage(colors, colors.createCompatibleWritableRaster(16, 16), false, null);
  }

  private static byte[] write(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "tiff", out)).isTrue();
    return out.toByteArray();
  }

  private static ByteBuffer read(byte[] file) {
    return ByteBuffer.wrap(file)
        .order(file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  /** With other values of fields that are there. */
  private static byte[] withEntries(byte[] file, Map<Integer, Integer> values) {
    byte[] changed = file.clone();
    ByteBuffer tiff = read(changed);
    int directory = tiff.getInt(4);
    for (int i = 0; i < tiff.getShort(directory); i++) {
      int at = directory + 2 + ENTRY * i;
      Integer value = values.get(tiff.getShort(at) & 0xffff);
      if (value != null) {
        put(tiff, at, tiff.getShort(at), value);
      }
    }
    return changed;
  }

  /** With a copy of the directory at the file's end, where more fields follow those there are. */
  private static byte[] withMoreEntries(byte[] file, Map<Integer, Integer> values) {
    int directory = read(file).getInt(4);
    int count = read(file).getShort(directory);
    int entries = ENTRY * count;
    byte[] changed = Arrays.copyOf(file, file.length + 2 + entries + ENTRY * values.size() + 4);
    ByteBuffer tiff = read(changed);
    tiff.putInt(4, file.length);
    tiff.putShort(file.length, (short) (count + values.size()));
    tiff.put(file.length + 2, file, directory + 2, entries);
    int at = file.length + 2 + entries;
    for (Map.Entry<Integer, Integer> field : values.entrySet()) {
      put(tiff, at, field.getKey().shortValue(), field.getValue());
      at += ENTRY;
    }
    return changed;
  }

  private static void put(ByteBuffer tiff, int at, short tag, int value) {
    tiff.putShort(at, tag);
    tiff.putShort(at + 2, (short) 4);
    tiff.putInt(at + 4, 1);
    tiff.putInt(at + 8, value);
  }
}
