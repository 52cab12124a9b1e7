package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.ijepa.crop.Crop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final CropChooser WHOLE = (width, height) -> new Crop(0, 0, width, height);
  private static ImageDecoder decoder;

  @BeforeAll
  static void open() {
    decoder = ImageDecoders.open(ImageDecoders.Choice.OPENCV, ImageDecoders.PILLOW_PIXEL_LIMIT);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  @ParameterizedTest
  @CsvSource({
    "cmyk.jpg, 160, 107",
    "gray.jpg, 160, 107",
    "gray16.png, 160, 107",
    "palette.png, 160, 107",
    "rgba.png, 160, 107",
    "progressive.jpg, 160, 107",
    "photo.webp, 160, 107",
    "tiny.png, 3, 2"
  })
  void shouldReadWhatRealBucketsHold(String name, int width, int height) throws BadImage {
    int[] size = new int[2];
    byte[] made =
        TestImages.decode(
            decoder,
            TestImages.bytes("odd/" + name),
            (w, h) -> {
              size[0] = w;
              size[1] = h;
              return new Crop(0, 0, w, h);
            },
            32);
    assertThat(size).containsExactly(width, height);
    assertThat(made).hasSize(32 * 32 * 3);
    assertThat(IntStream.range(0, made.length).map(i -> made[i]).distinct().count())
        .isGreaterThan(1);
  }

  /**
   * All but tiny.png were made of one photo, so that each must look like the plain version of it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"cmyk.jpg", "palette.png", "rgba.png", "photo.webp"})
  void shouldSeeTheSamePhotoInEveryFormat(String name) throws BadImage {
    byte[] plain = TestImages.decode(decoder, TestImages.bytes("odd/progressive.jpg"), WHOLE, 32);
    byte[] other = TestImages.decode(decoder, TestImages.bytes("odd/" + name), WHOLE, 32);
    assertThat(meanDifference(plain, other)).isLessThan(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gray.jpg", "gray16.png"})
  void shouldRepeatGrey(String name) throws BadImage {
    byte[] made = TestImages.decode(decoder, TestImages.bytes("odd/" + name), WHOLE, 32);
    byte[] plain = TestImages.decode(decoder, TestImages.bytes("odd/progressive.jpg"), WHOLE, 32);
    double difference = 0;
    for (int i = 0; i < made.length; i += 3) {
      assertThat(made[i]).isEqualTo(made[i + 1]).isEqualTo(made[i + 2]);
      double luma =
          0.299 * (plain[i] & 0xff) + 0.587 * (plain[i + 1] & 0xff) + 0.114 * (plain[i + 2] & 0xff);
      difference += Math.abs(luma - (made[i] & 0xff)) / made.length * 3;
    }
    assertThat(difference).isLessThan(6);
  }

  @Test
  void shouldTakeTheUpperByteOfSixteenBitGrey() throws BadImage, IOException {
    byte[] file = TestImages.bytes("odd/gray16.png");
    Raster raster = ImageIO.read(new ByteArrayInputStream(file)).getRaster();
    byte[] made = TestImages.decode(decoder, file, (w, h) -> new Crop(20, 30, 64, 64), 64);
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        assertThat(made[(y * 64 + x) * 3] & 0xff)
            .isEqualTo(raster.getSample(20 + x, 30 + y, 0) >> 8);
      }
    }
  }

  @Test
  void shouldDropAlphaWithoutBlending() throws BadImage, IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, (i * 4) << 24 | 0x3264c8);
    }
    byte[] made = TestImages.decode(decoder, write(image, "png"), WHOLE, 8);
    for (int i = 0; i < made.length; i += 3) {
      assertThat(Arrays.copyOfRange(made, i, i + 3))
          .containsExactly((byte) 0x32, (byte) 0x64, (byte) 0xc8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iCCP", "zTXt", "iTXt", "eXIf"})
  void shouldNotLookIntoChunksWithoutPixels(String type) throws BadImage {
    byte[] file = TestImages.bytes("odd/rgba.png");
    byte[] rubbish = "no such thing".getBytes(StandardCharsets.US_ASCII);
    // After the signature and IHDR; its checksum is wrong as well.
    int at = 8 + 12 + 13;
    ByteBuffer spoilt = ByteBuffer.allocate(file.length + 12 + rubbish.length);
    spoilt.put(file, 0, at).putInt(rubbish.length);
    spoilt.put(type.getBytes(StandardCharsets.US_ASCII)).put(rubbish).putInt(0);
    spoilt.put(file, at, file.length - at);

    assertThat(TestImages.decode(decoder, spoilt.array(), WHOLE, 32))
        .isEqualTo(TestImages.decode(decoder, file, WHOLE, 32));
  }

  @Test
  void shouldIgnoreTheOrientationTag() throws BadImage {
    int[] size = new int[2];
    byte[] rotated =
        TestImages.decode(
            decoder,
            TestImages.bytes("odd/exif-rotated.jpg"),
            (w, h) -> {
              size[0] = w;
              size[1] = h;
              return new Crop(0, 0, w, h);
            },
            32);
    byte[] plain = TestImages.decode(decoder, TestImages.bytes("odd/progressive.jpg"), WHOLE, 32);
    assertThat(size).containsExactly(160, 107);
    assertThat(meanDifference(rotated, plain)).isLessThan(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gif", "bmp", "tiff", "png"})
  void shouldReadLosslessFormatsExactly(String format) throws BadImage, IOException {
    // GIF has a palette; the others get true colours.
    BufferedImage image =
        format.equals("gif")
            ? new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_INDEXED)
            : new BufferedImage(20, 20, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(5);
    for (int i = 0; i < 400; i++) {
      image.setRGB(i % 20, i / 20, random.nextInt(1 << 24) | 0xff000000);
    }
    byte[] made = TestImages.decode(decoder, write(image, format), WHOLE, 20);
    for (int i = 0; i < 400; i++) {
      int color = image.getRGB(i % 20, i / 20);
      assertThat(Arrays.copyOfRange(made, 3 * i, 3 * i + 3))
          .containsExactly((byte) (color >> 16), (byte) (color >> 8), (byte) color);
    }
  }

  @Test
  void shouldReadOneBitTiffAsBlackAndWhite() throws BadImage, IOException {
    IndexColorModel colors =
        new IndexColorModel(1, 2, new byte[] {0, -1}, new byte[] {0, -1}, new byte[] {0, -1});
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_BINARY, colors);
    image.setRGB(3, 4, 0xffffffff);
    byte[] made = TestImages.decode(decoder, write(image, "tiff"), WHOLE, 16);
    assertThat(made[(4 * 16 + 3) * 3]).isEqualTo((byte) 255);
    assertThat(IntStream.range(0, made.length).filter(i -> made[i] != 0).count()).isEqualTo(3);
  }

  @Test
  void shouldTakeInksWithoutAdobesMarkerAsTheyAre() throws BadImage {
    byte[] adobe = TestImages.bytes("odd/cmyk.jpg");
    byte[] plain = withoutAdobeMarker(adobe);
    byte[] inverted = TestImages.decode(decoder, plain, WHOLE, 32);
    // Pillow takes inks as inverted only with the marker. Here both channel and black change their
    // sense, so
    // that the photo's bright sky, nearly free of ink, turns dark.
    byte[] right = TestImages.decode(decoder, adobe, WHOLE, 32);
    assertThat(mean(right)).isGreaterThan(mean(inverted) + 30);
  }

  @ParameterizedTest
  @CsvSource({
    "truncated.jpg, TRUNCATED",
    "header-only.jpg, TRUNCATED",
    "empty.jpg, EMPTY",
    "text.jpg, NOT_AN_IMAGE",
    "bomb.png, TOO_LARGE"
  })
  void shouldNameWhatIsWrong(String name, BadImage.Cause cause) {
    BadImage bad = failure(decoder, TestImages.bytes("odd/" + name));
    assertThat(bad.reason()).isEqualTo(cause);
    assertThat(bad.getMessage()).isNotBlank().doesNotContain("\n");
  }

  @Test
  void shouldRefuseWhatIsLargerThanTheLimit() {
    try (ImageDecoder small = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 160 * 107 - 1);
        ImageDecoder enough = ImageDecoders.open(ImageDecoders.Choice.OPENCV, 160 * 107)) {
      byte[] photo = TestImages.bytes("odd/photo.webp");
      assertThat(failure(small, photo).reason()).isEqualTo(BadImage.Cause.TOO_LARGE);
      assertThat(failure(enough, photo)).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"progressive.jpg", "cmyk.jpg", "gray16.png", "palette.png", "photo.webp"})
  void shouldCallEveryCutFileBad(String name) {
    byte[] whole = TestImages.bytes("odd/" + name);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 300) {
      BadImage bad = failure(decoder, Arrays.copyOf(whole, length));
      assertThat(bad).as("%s cut to %d bytes", name, length).isNotNull();
      if (length > 12) {
        assertThat(bad.reason()).as("%d bytes", length).isEqualTo(BadImage.Cause.TRUNCATED);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gif", "bmp", "tiff"})
  void shouldCallCutFilesOfOtherFormatsBad(String format) throws IOException {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
    byte[] whole = write(image, format);
    assertThat(failure(decoder, whole)).isNull();
    for (int length = 0; length < whole.length; length += 1 + whole.length / 300) {
      assertThat(failure(decoder, Arrays.copyOf(whole, length)))
          .as("%s cut to %d bytes", format, length)
          .isNotNull();
    }
  }

  /** A progressive photo whose last scan comes again and again, something before each time. */
  private static byte[] withScans(byte[] jpeg, int more, byte... between) {
    int last = lastScan(jpeg);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < more; i++) {
      out.writeBytes(between);
      out.write(jpeg, last, jpeg.length - 2 - last);
    }
    out.write(jpeg, jpeg.length - 2, 2);
    return out.toByteArray();
  }

  private static int lastScan(byte[] jpeg) {
    int at = jpeg.length - 2;
    while ((jpeg[at] & 0xff) != 0xff || (jpeg[at + 1] & 0xff) != 0xda) {
      at--;
    }
    return at;
  }

  private static ImageHeader header(byte[] file) throws BadImage {
    return ImageHeader.read(ByteBuffer.wrap(file), 1 << 20);
  }

  @Test
  void shouldRefuseJpegsOfVeryManyScans() throws BadImage {
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    assertThat(header(withScans(photo, 400)).width()).isEqualTo(160);
    // An end of image within a comment is none.
    byte[] comment = {(byte) 0xff, (byte) 0xfe, 0, 4, (byte) 0xff, (byte) 0xd9};
    for (byte[] bomb : List.of(withScans(photo, 500), withScans(photo, 500, comment))) {
      for (byte[] file : List.of(bomb, Arrays.copyOf(bomb, bomb.length + 9))) {
        BadImage bad = failure(decoder, file);
        assertThat(bad.reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
        assertThat(bad).hasMessage("JPEG of more than 500 scans");
      }
    }
  }

  @Test
  void shouldCountTheScansOfOneComponentEach() throws IOException, BadImage {
    byte[] photo = TestImages.bytes("china.jpg");
    assertThat(header(withScans(photo, 500)).width()).isEqualTo(640);
    photo[lastScan(photo) + 4] = 1;
    assertThat(failure(decoder, withScans(photo, 500))).hasMessage("JPEG of more than 500 scans");
  }

  @Test
  void shouldAcceptBytesBehindTheEndMarker() throws BadImage {
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    byte[] longer = Arrays.copyOf(photo, photo.length + 77);
    assertThat(TestImages.decode(decoder, longer, WHOLE, 32))
        .isEqualTo(TestImages.decode(decoder, photo, WHOLE, 32));
  }

  @Test
  void shouldSurviveDamagedFiles() throws BadImage {
    Random random = new Random(11);
    int bad = 0;
    int readable = 0;
    for (String name :
        List.of(
            "progressive.jpg", "gray.jpg", "cmyk.jpg", "gray16.png", "palette.png", "photo.webp")) {
      byte[] whole = TestImages.bytes("odd/" + name);
      for (int i = 0; i < 40; i++) {
        byte[] damaged = whole.clone();
        for (int flips = random.nextInt(8) + 1; flips > 0; flips--) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        if (failure(decoder, damaged) == null) {
          readable++;
        } else {
          bad++;
        }
      }
    }
    assertThat(bad).isPositive();
    assertThat(readable).isPositive();
    assertThat(TestImages.decode(decoder, TestImages.bytes("odd/gray.jpg"), WHOLE, 8)).hasSize(192);
  }

  @Test
  void shouldWriteAtThePositionOfTheTargetOnly() throws BadImage {
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    ByteBuffer target = ByteBuffer.allocateDirect(16 * 16 * 3 + 20);
    decoder.decode(TestImages.direct(photo), WHOLE, 16, target.position(10));
    assertThat(target.position()).isEqualTo(16 * 16 * 3 + 10);
    byte[] made = new byte[16 * 16 * 3];
    target.get(10, made);
    assertThat(made).isEqualTo(TestImages.decode(decoder, photo, WHOLE, 16));
    for (int i = 0; i < 10; i++) {
      assertThat(target.get(i)).isZero();
      assertThat(target.get(16 * 16 * 3 + 10 + i)).isZero();
    }
  }

  @Test
  void shouldReadAFileFromTheMiddleOfABuffer() throws BadImage {
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    ByteBuffer around = ByteBuffer.allocateDirect(photo.length + 64).position(32);
    around.put(photo).position(32).limit(32 + photo.length);
    ByteBuffer target = ByteBuffer.allocateDirect(16 * 16 * 3);
    decoder.decode(around.asReadOnlyBuffer(), WHOLE, 16, target);
    byte[] made = new byte[16 * 16 * 3];
    target.flip().get(made);
    assertThat(made).isEqualTo(TestImages.decode(decoder, photo, WHOLE, 16));
    assertThat(around.position()).isEqualTo(32);
  }

  @Test
  void shouldRefuseACropOutsideTheImage() {
    byte[] photo = TestImages.bytes("odd/progressive.jpg");
    assertThatThrownBy(() -> TestImages.decode(decoder, photo, (w, h) -> new Crop(1, 0, w, h), 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("160 x 107");
  }

  @Test
  void shouldGiveTheSameBytesFromManyThreads() throws Exception {
    List<String> names = List.of("progressive.jpg", "photo.webp", "palette.png", "cmyk.jpg");
    List<byte[]> alone = new java.util.ArrayList<>();
    for (String name : names) {
      alone.add(TestImages.decode(decoder, TestImages.bytes("odd/" + name), WHOLE, 24));
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<byte[]>> work =
          IntStream.range(0, 200)
              .<Callable<byte[]>>mapToObj(
                  i ->
                      () ->
                          TestImages.decode(
                              decoder, TestImages.bytes("odd/" + names.get(i % 4)), WHOLE, 24))
              .toList();
      List<Future<byte[]>> done = threads.invokeAll(work);
      for (int i = 0; i < done.size(); i++) {
        assertThat(done.get(i).get()).isEqualTo(alone.get(i % 4));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void shouldSayWhichCodecDecides() {
    assertThat(decoder.name()).matches("opencv-\\d+\\.\\d+\\.\\d+");
  }

  private static BadImage failure(ImageDecoder decoder, byte[] file) {
    return catchThrowableOfType(BadImage.class, () -> TestImages.decode(decoder, file, WHOLE, 16));
  }

  private static byte[] write(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static byte[] withoutAdobeMarker(byte[] jpeg) {
    byte[] plain = jpeg.clone();
    for (int i = 0; i < plain.length - 7; i++) {
      if (plain[i] == 'A' && plain[i + 1] == 'd' && plain[i + 2] == 'o' && plain[i + 3] == 'b') {
        plain[i] = 'X';
        return plain;
      }
    }
    throw new IllegalArgumentException("no marker of Adobe's");
  }

  private static double meanDifference(byte[] a, byte[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
    }
    return sum / a.length;
  }

  private static double mean(byte[] a) {
    return IntStream.range(0, a.length).map(i -> a[i] & 0xff).average().orElseThrow();
  }
}
