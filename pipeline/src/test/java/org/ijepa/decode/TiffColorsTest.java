package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.ijepa.crop.Crop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TIFF files that say their colours otherwise than in red, green and blue. */
class TiffColorsTest {
  private static final int SIDE = 8;
  private static final int COLORS = 262;
  private static final int COMPRESSION = 259;
  private static ImageDecoder decoder;

  @BeforeAll
  static void open() {
    decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  /** An image of one colour. */
  private static byte[] file(int kind, int bits, int... samples) {
    int bytes = bits / Byte.SIZE;
    byte[] data = new byte[SIDE * SIDE * samples.length * bytes];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) samples[i / bytes % samples.length];
    }
    return Tiffs.with(Tiffs.of(SIDE, SIDE, samples.length, bits, 1, data), COLORS, kind);
  }

  /** Red, green and blue of its first pixel. */
  private static int[] color(byte[] file) throws BadImage {
    byte[] made =
        TestImages.decode(decoder, file, (width, height) -> new Crop(0, 0, width, height), SIDE);
    assertThat(made).hasSize(3 * SIDE * SIDE);
    return new int[] {made[0] & 0xff, made[1] & 0xff, made[2] & 0xff};
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0   | 0   | 0   | 0   | 255 | 255 | 255",
        "255 | 0   | 0   | 0   | 0   | 255 | 255",
        "0   | 255 | 0   | 0   | 255 | 0   | 255",
        "0   | 0   | 255 | 0   | 255 | 255 | 0",
        "0   | 0   | 0   | 255 | 0   | 0   | 0",
        "51  | 102 | 153 | 51  | 163 | 122 | 82",
      })
  void shouldMultiplyInksOut(
      int cyan, int magenta, int yellow, int black, int red, int green, int blue) throws BadImage {
    int[] expected = {red, green, blue};
    assertThat(color(file(5, 8, cyan, magenta, yellow, black))).containsExactly(expected);
    assertThat(color(file(5, 16, cyan, magenta, yellow, black))).containsExactly(expected);
    int alpha = 77;
    assertThat(color(file(5, 8, cyan, magenta, yellow, black, alpha))).containsExactly(expected);
  }

  @Test
  void shouldKnowWhichGreyIsWhite() throws BadImage {
    assertThat(color(file(0, 8, 0))).containsExactly(255, 255, 255);
    assertThat(color(file(1, 8, 0))).containsExactly(0, 0, 0);
  }

  private static BadImage failure(byte[] file) {
    return catchThrowableOfType(BadImage.class, () -> color(file));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 9, 10, 32803, 32844, 34892})
  void shouldRefuseColorsThatWouldComeOutWrong(int kind) {
    BadImage failure = failure(file(kind, 8, 10, 20, 30));
    assertThat(failure.reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
    assertThat(failure).hasMessageContaining("of kind " + kind);
  }

  @Test
  void shouldRefuseOtherInks() {
    assertThat(failure(file(5, 8, 10, 20, 30)).reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
    byte[] jpeg = Tiffs.with(file(5, 8, 10, 20, 30, 40), COMPRESSION, 7);
    assertThat(failure(jpeg).reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
  }
}
