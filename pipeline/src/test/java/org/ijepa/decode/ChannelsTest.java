package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import javax.imageio.ImageIO;
import org.ijepa.crop.Crop;
import org.ijepa.decode.ImageDecoders.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** Images of other channels than red, green and blue. */
class ChannelsTest {
  private static final int SIDE = 12;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "progressive.jpg",
        "gray.jpg",
        "cmyk.jpg",
        "rgba.png",
        "gray16.png",
        "palette.png",
        "photo.webp"
      })
  void shouldMakeGreyOfWhateverAFileHolds(String name) throws Exception {
    byte[] file = TestImages.bytes("odd/" + name);
    byte[] colors = decode(file, 3, SIDE);
    byte[] grey = decode(file, 1, SIDE);
    assertThat(grey).hasSize(SIDE * SIDE);
    for (int i = 0; i < grey.length; i++) {
      assertThat(grey[i] & 0xff)
          .isEqualTo(
              Luma.of(colors[3 * i] & 0xff, colors[3 * i + 1] & 0xff, colors[3 * i + 2] & 0xff));
    }
  }

  @ParameterizedTest
  @CsvSource({".png, 8", ".png, 16", ".webp, 8"})
  void shouldTakeAlphaForAFourthChannel(String ending, int bits) throws Exception {
    byte[] rgba = pixels(4);
    byte[] bgra = rgba.clone();
    for (int i = 0; i < bgra.length; i += 4) {
      bgra[i] = rgba[i + 2];
      bgra[i + 2] = rgba[i];
      // WebP forgets the colours of what cannot be seen.
      bgra[i + 3] |= 1;
    }
    OpenCvLibrary.load();
    Mat image = new Mat(SIDE, SIDE, CvType.CV_8UC4);
    image.put(0, 0, bgra);
    if (bits == 16) {
      image.convertTo(image, CvType.CV_16UC4, 257);
    }
    byte[] made = decode(encode(image, ending), 4, SIDE);
    for (int i = 0; i < made.length; i++) {
      int alpha = i % 4 == 3 ? 1 : 0;
      assertThat(made[i]).isEqualTo((byte) (rgba[i] | alpha));
    }
  }

  @Test
  void shouldTakeGreyAndAlphaForTwoChannels() throws Exception {
    byte[] pixels = pixels(2);
    BufferedImage image = greyAndAlpha(pixels);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "png", file)).isTrue();
    assertThat(decode(file.toByteArray(), 2, SIDE)).isEqualTo(pixels);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 13, 16})
  void shouldReadAsManyChannelsAsATiffHas(int channels) throws Exception {
    byte[] pixels = pixels(channels);
    byte[] file = Tiffs.of(SIDE, SIDE, channels, 8, 1, pixels);
    assertThat(decode(file, channels, SIDE)).isEqualTo(pixels);
  }

  @Test
  void shouldTakeTheUpperByteOfSixteenBits() throws Exception {
    byte[] pixels = pixels(6);
    byte[] wide = new byte[2 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      wide[2 * i] = (byte) (i * 31);
      wide[2 * i + 1] = pixels[i];
    }
    byte[] file = Tiffs.of(SIDE, SIDE, 6, 16, 1, wide);
    assertThat(decode(file, 6, SIDE)).isEqualTo(pixels);
  }

  @Test
  void shouldCropAndResizeEveryChannelLikeAnyOther() throws Exception {
    byte[] pixels = pixels(7);
    byte[] made = decode(Tiffs.of(SIDE, SIDE, 7, 8, 1, pixels), 7, 5);
    for (int channel = 0; channel < 7; channel++) {
      byte[] alone = new byte[3 * SIDE * SIDE];
      for (int i = 0; i < alone.length; i++) {
        alone[i] = pixels[i / 3 * 7 + channel];
      }
      byte[] expected = decode(Tiffs.of(SIDE, SIDE, 3, 8, 1, alone), 3, 5);
      for (int i = 0; i < 25; i++) {
        assertThat(made[7 * i + channel]).isEqualTo(expected[3 * i]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "progressive.jpg | 4 | JPEG has 3 channels, data.channels = 4",
        "cmyk.jpg        | 4 | JPEG has 3 channels, data.channels = 4",
        "gray.jpg        | 5 | JPEG has 1 channel, data.channels = 5",
        "rgba.png        | 2 | PNG has 4 channels, data.channels = 2",
        "palette.png     | 4 | PNG has 3 channels, data.channels = 4",
        "photo.webp      | 4 | WEBP has 3 channels, data.channels = 4"
      })
  void shouldSkipImagesOfOtherChannels(String name, int channels, String expected) {
    BadImage bad =
        catchThrowableOfType(
            BadImage.class, () -> decode(TestImages.bytes("odd/" + name), channels, SIDE));
    assertThat(bad.reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
    assertThat(bad).hasMessage(expected);
  }

  @Test
  void shouldSkipSamplesThatAreNoWholeNumbers() {
    byte[] file = Tiffs.of(SIDE, SIDE, 3, 32, 3, new byte[3 * 4 * SIDE * SIDE]);
    BadImage bad = catchThrowableOfType(BadImage.class, () -> decode(file, 3, SIDE));
    assertThat(bad.reason()).isEqualTo(BadImage.Cause.UNSUPPORTED);
    assertThat(bad).hasMessageContaining("floating-point");
  }

  private static byte[] decode(byte[] file, int channels, int side) throws BadImage {
    ByteBuffer target = ByteBuffer.allocateDirect(side * side * channels);
    try (ImageDecoder decoder =
        ImageDecoders.open(
            new ImageDecoders.Options(
                Choice.AUTO, ImageDecoders.PILLOW_PIXEL_LIMIT, false, channels))) {
      assertThat(decoder.channels()).isEqualTo(channels);
      decoder.decode(
          ByteBuffer.wrap(file),
          (width, height) -> new Crop(0, 0, Math.min(width, SIDE), Math.min(height, SIDE)),
          side,
          target);
    }
    byte[] made = new byte[side * side * channels];
    assertThat(target.hasRemaining()).isFalse();
    target.flip().get(made);
    return made;
  }

  private static byte[] pixels(int channels) {
    byte[] pixels = new byte[SIDE * SIDE * channels];
    new Random(channels).nextBytes(pixels);
    return pixels;
  }

  private static BufferedImage greyAndAlpha(byte[] pixels) {
    ComponentColorModel colors =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_BYTE);
    WritableRaster raster = colors.createCompatibleWritableRaster(SIDE, SIDE);
    raster.setDataElements(0, 0, SIDE, SIDE, pixels);
    return new BufferedImage(colors, raster, false, null);
  }

  private static byte[] encode(Mat image, String ending) {
    MatOfByte encoded = new MatOfByte();
    // Lossless, where there is a choice.
    MatOfInt options = new MatOfInt(Imgcodecs.IMWRITE_WEBP_QUALITY, 101);
    assertThat(Imgcodecs.imencode(ending, image, encoded, options)).isTrue();
    return encoded.toArray();
  }
}
