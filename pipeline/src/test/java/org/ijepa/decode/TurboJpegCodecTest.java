package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.ijepa.crop.Crop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Skipped, all of it, where the machine has no libturbojpeg. */
class TurboJpegCodecTest {
  private static final CropChooser WHOLE = (width, height) -> new Crop(0, 0, width, height);
  private static ImageDecoder turbo;
  private static ImageDecoder openCv;

  @BeforeAll
  static void open() {
    assumeTrue(
        TurboJpegCodec.find(new OpenCvCodec()).isPresent(), "libturbojpeg0 is not installed");
    turbo = ImageDecoders.open(ImageDecoders.Choice.TURBOJPEG, ImageDecoders.PILLOW_PIXEL_LIMIT);
    openCv = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
  }

  @AfterAll
  static void close() {
    if (turbo != null) {
      turbo.close();
      openCv.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "china.jpg",
        "flower.jpg",
        "odd/progressive.jpg",
        "odd/gray.jpg",
        "odd/exif-rotated.jpg",
        "odd/cmyk.jpg",
        "odd/photo.webp",
        "odd/tiny.png"
      })
  void shouldSeeWhatOpenCvSees(String name) throws BadImage {
    byte[] file = TestImages.bytes(name);
    byte[] a = TestImages.decode(turbo, file, WHOLE, 200);
    byte[] b = TestImages.decode(openCv, file, WHOLE, 200);
    // Both are builds of libjpeg-turbo with the exact inverse transform: not a bit apart.
    assertThat(a).isEqualTo(b);
  }

  @Test
  void shouldTakeAndRefuseTheSameDamagedFiles() {
    Random random = new Random(17);
    byte[] large = TestImages.bytes("flower.jpg");
    int refused = 0;
    for (String name :
        new String[] {"odd/progressive.jpg", "odd/gray.jpg", "odd/exif-rotated.jpg"}) {
      byte[] whole = TestImages.bytes(name);
      for (int i = 0; i < 80; i++) {
        byte[] damaged = whole.clone();
        for (int flips = random.nextInt(6) + 1; flips > 0; flips--) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Object one = outcome(turbo, damaged);
        Object other = outcome(openCv, damaged);
        // Of damaged data, builds of the decoder may make different pixels, but one verdict.
        assertThat(verdict(one)).as("%s, %d", name, i).isEqualTo(verdict(other));
        // Whatever another image left in memory does not show.
        assertThat(outcome(turbo, large)).isNotEqualTo(one);
        assertThat(outcome(turbo, damaged)).as("%s, %d", name, i).isEqualTo(one);
        assertThat(outcome(openCv, damaged)).as("%s, %d", name, i).isEqualTo(other);
        refused += one instanceof BadImage.Cause ? 1 : 0;
      }
    }
    assertThat(refused).isBetween(1, 239);
  }

  /** A file may lack a table that the one before had, and would be read by that. */
  @Test
  void shouldNotReadAFileByTheTablesOfAnother() {
    byte[] sound = TestImages.bytes("odd/gray.jpg");
    byte[] without = sound.clone();
    int table = indexOfTable(without);
    assertThat(without[table]).as("number of the only table").isZero();
    without[table] = 2;

    assertThat(outcome(turbo, sound)).isInstanceOf(ByteBuffer.class);
    assertThat(outcome(turbo, without)).isEqualTo(BadImage.Cause.CORRUPT);
    assertThat(outcome(openCv, without)).isEqualTo(BadImage.Cause.CORRUPT);
  }

  /** Where the first quantization table says its number. */
  private static int indexOfTable(byte[] jpeg) {
    int at = 2;
    while ((jpeg[at + 1] & 0xff) != 0xdb) {
      at += 2 + (((jpeg[at + 2] & 0xff) << 8) | (jpeg[at + 3] & 0xff));
    }
    return at + 4;
  }

  @Test
  void shouldNameBothCodecs() {
    assertThat(turbo.name()).matches("turbojpeg-[0-9.a-z]+\\+opencv-[0-9.]+");
  }

  private static Object verdict(Object outcome) {
    return outcome instanceof BadImage.Cause ? outcome : "readable";
  }

  /** The pixels, or why there are none. */
  private static Object outcome(ImageDecoder decoder, byte[] file) {
    try {
      return ByteBuffer.wrap(TestImages.decode(decoder, file, WHOLE, 16));
    } catch (BadImage bad) {
      return bad.reason();
    }
  }
}
