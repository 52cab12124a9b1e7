package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.ijepa.crop.Crop;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoders.Choice;
import org.ijepa.decode.ImageDecoders.Options;
import org.ijepa.random.RandomKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What decoding at a half or a quarter of the size changes, and when it is done at all. */
class DctScalingTest {
  private static final long LIMIT = ImageDecoders.PILLOW_PIXEL_LIMIT;
  private static ImageDecoder exact;
  private static ImageDecoder scaled;

  @BeforeAll
  static void open() {
    exact = ImageDecoders.open(Choice.OPENCV, LIMIT);
    scaled = ImageDecoders.open(new Options(Choice.OPENCV, LIMIT, true, 3));
  }

  @AfterAll
  static void close() {
    exact.close();
    scaled.close();
  }

  /**
   * Sides 112 and 224 of these photos have crops at a half, side 112 of the larger one at a
   * quarter. A photo beside itself is as sharp as photos get; enlarged and with noise it is like
   * those of a good camera.
   */
  @ParameterizedTest
  @CsvSource({
    "china.jpg, 2, 112",
    "flower.jpg, 2, 112",
    "china.jpg, 4, 224",
    "flower.jpg, 4, 224",
    "china.jpg, 4, 112",
    "flower.jpg, 4, 112"
  })
  void shouldStayWithinTheStatedError(String name, int times, int side) throws Exception {
    BufferedImage photo = ImageIO.read(new ByteArrayInputStream(TestImages.bytes(name)));
    for (BufferedImage large :
        new BufferedImage[] {besideItself(photo, times), enlarged(photo, times)}) {
      byte[] file = jpeg(large);
      for (int i = 0; i < 6; i++) {
        RandomKey key = RandomKey.of(0, "crop").with(i);
        CropChooser crop = (w, h) -> CropRules.published().choose(key, w, h);
        byte[] a = TestImages.decode(exact, file, crop, side);
        byte[] b = TestImages.decode(scaled, file, crop, side);
        assertThat(mean(a, b)).as("mean difference, crop %d", i).isBetween(0.01, 1.0);
        assertThat(largest(a, b)).as("largest difference, crop %d", i).isLessThanOrEqualTo(12);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 6, 7, 8, 9})
  void shouldKeepTheCropWhereItIs(int shrinks) throws Exception {
    int side = 32;
    // Slopes of 8 values an output pixel: a shift of half a source pixel would show as 0.44 or
    // more.
    BufferedImage slope = new BufferedImage(1001, 777, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < slope.getHeight(); y++) {
      for (int x = 0; x < slope.getWidth(); x++) {
        int across = triangle(8.0 * x / shrinks);
        int down = triangle(8.0 * y / shrinks);
        slope.setRGB(x, y, across << 16 | down << 8 | (across + down) / 2);
      }
    }
    byte[] file = jpeg(slope);
    for (int odd = 0; odd < 4; odd++) {
      Crop crop = new Crop(100 + odd, 51 + odd, side * shrinks + odd / 2, side * shrinks + odd / 2);
      byte[] a = TestImages.decode(exact, file, (w, h) -> crop, side);
      byte[] b = TestImages.decode(scaled, file, (w, h) -> crop, side);
      assertThat(mean(a, b)).as("%s", crop).isLessThan(0.4);
    }
  }

  @Test
  void shouldSeeTheEdgesOfOddSizes() throws Exception {
    BufferedImage photo = ImageIO.read(new ByteArrayInputStream(TestImages.bytes("china.jpg")));
    BufferedImage odd = besideItself(photo, 2).getSubimage(0, 0, 1279, 853);
    byte[] file = jpeg(odd);
    CropChooser whole = (w, h) -> new Crop(0, 0, w, h);
    byte[] a = TestImages.decode(exact, file, whole, 64);
    byte[] b = TestImages.decode(scaled, file, whole, 64);
    assertThat(b).isNotEqualTo(a);
    assertThat(largest(a, b)).isLessThanOrEqualTo(12);
  }

  @Test
  void shouldLeaveAloneWhatIsNotThatMuchLarger() throws Exception {
    byte[] file = TestImages.bytes("china.jpg");
    CropChooser almost = (w, h) -> new Crop(3, 5, 4 * 100 + 50, 4 * 100 - 1);
    assertThat(TestImages.decode(scaled, file, almost, 100))
        .isEqualTo(TestImages.decode(exact, file, almost, 100));
    CropChooser enough = (w, h) -> new Crop(3, 5, 4 * 100 + 50, 4 * 100);
    assertThat(TestImages.decode(scaled, file, enough, 100))
        .isNotEqualTo(TestImages.decode(exact, file, enough, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"odd/cmyk.jpg", "odd/photo.webp", "odd/rgba.png"})
  void shouldDecodeOtherFormatsAtTheirSize(String name) throws Exception {
    CropChooser whole = (w, h) -> new Crop(0, 0, w, h);
    byte[] file = TestImages.bytes(name);
    assertThat(TestImages.decode(scaled, file, whole, 8))
        .isEqualTo(TestImages.decode(exact, file, whole, 8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"china.jpg", "odd/progressive.jpg", "odd/gray.jpg"})
  void shouldGiveTheSameBitsWithBothCodecs(String name) throws Exception {
    assumeTrue(
        TurboJpegCodec.find(new OpenCvCodec()).isPresent(), "libturbojpeg0 is not installed");
    CropChooser whole = (w, h) -> new Crop(0, 0, w, h);
    byte[] file = TestImages.bytes(name);
    try (ImageDecoder turbo = ImageDecoders.open(new Options(Choice.TURBOJPEG, LIMIT, true, 3))) {
      for (int side : new int[] {2, 8, 16, 50}) {
        assertThat(TestImages.decode(turbo, file, whole, side))
            .as("side %d", side)
            .isEqualTo(TestImages.decode(scaled, file, whole, side));
      }
    }
  }

  private static int triangle(double value) {
    double folded = value % 400;
    return (int) Math.round(folded < 200 ? 20 + folded : 420 - folded);
  }

  private static BufferedImage besideItself(BufferedImage photo, int times) {
    int width = photo.getWidth();
    int height = photo.getHeight();
    BufferedImage large =
        new BufferedImage(times * width, times * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    for (int i = 0; i < times * times; i++) {
      graphics.drawImage(photo, i / times * width, i % times * height, null);
    }
    graphics.dispose();
    return large;
  }

  private static BufferedImage enlarged(BufferedImage photo, int times) {
    BufferedImage large =
        new BufferedImage(
            times * photo.getWidth(), times * photo.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(photo, 0, 0, large.getWidth(), large.getHeight(), null);
    graphics.dispose();
    Random random = new Random(1);
    int[] row = new int[3 * large.getWidth()];
    for (int y = 0; y < large.getHeight(); y++) {
      large.getRaster().getPixels(0, y, large.getWidth(), 1, row);
      for (int i = 0; i < row.length; i++) {
        row[i] = Math.max(0, Math.min(255, row[i] + random.nextInt(-6, 7)));
      }
      large.getRaster().setPixels(0, y, large.getWidth(), 1, row);
    }
    return large;
  }

  private static byte[] jpeg(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", out);
    return out.toByteArray();
  }

  private static double mean(byte[] a, byte[] b) {
    return Arrays.stream(differences(a, b)).map(Math::abs).average().orElseThrow();
  }

  private static int largest(byte[] a, byte[] b) {
    return Arrays.stream(differences(a, b)).map(Math::abs).max().orElseThrow();
  }

  private static int[] differences(byte[] a, byte[] b) {
    int[] differences = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = (a[i] & 0xff) - (b[i] & 0xff);
    }
    return differences;
  }
}
