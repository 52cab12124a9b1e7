package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.crop.Crop;
import org.junit.jupiter.api.Test;

class BilinearResizeTest {
  /** Of a sum over two to four bytes, whose weights have 13 bits. */
  private static final double WEIGHT_ERROR = 4 * 255 / 2.0 / (1 << 13);

  @Property(tries = 150)
  void shouldAgreeWithTheDefinition(
      @ForAll @IntRange(min = 1, max = 90) int width,
      @ForAll @IntRange(min = 1, max = 90) int height,
      @ForAll @IntRange(min = 1, max = 40) int side,
      @ForAll("layouts") PixelLayout layout,
      @ForAll long seed) {
    Random random = new Random(seed);
    Crop crop = new Crop(random.nextInt(5), random.nextInt(5), width, height);
    int columns = crop.left() + width + random.nextInt(5);
    int rows = crop.top() + height + random.nextInt(5);
    int stride = columns * layout.bytes() + random.nextInt(4);
    byte[] bytes = new byte[stride * rows];
    random.nextBytes(bytes);
    ImagePixels pixels = new ImagePixels(TestImages.direct(bytes), layout, columns, rows, stride);
    byte[] made = resize(pixels, crop, side);
    byte[] expected = oracle(pixels, crop, side, 0);
    byte[] least = oracle(pixels, crop, side, -WEIGHT_ERROR);
    byte[] most = oracle(pixels, crop, side, WEIGHT_ERROR);
    int unequal = 0;
    for (int i = 0; i < made.length; i++) {
      int byteMade = made[i] & 0xff;
      int difference = Math.abs(byteMade - (expected[i] & 0xff));
      if (difference > 1) {
        // In both passes the sums lie so near to the half that their weights' rounding decides.
        assertThat(byteMade).as("byte %d", i).isBetween(least[i] & 0xff, most[i] & 0xff);
      }
      unequal += difference;
    }
    assertThat(unequal).isLessThanOrEqualTo(made.length / 5 + 3);
  }

  @Provide
  Arbitrary<PixelLayout> layouts() {
    return Arbitraries.of(
        PixelLayout.RGB,
        PixelLayout.BGR,
        PixelLayout.RGBX,
        PixelLayout.bands(2),
        PixelLayout.bands(6),
        PixelLayout.bands(16),
        PixelLayout.bgra(1, 4),
        PixelLayout.bgra(2, 4),
        PixelLayout.bgra(2, 2));
  }

  @Test
  void shouldMakeGreyOfColorsBeforeItResizes() {
    Random random = new Random(4);
    for (PixelLayout layout : List.of(PixelLayout.RGB, PixelLayout.BGR, PixelLayout.RGBX)) {
      byte[] bytes = new byte[50 * 40 * layout.bytes()];
      random.nextBytes(bytes);
      byte[] luma = new byte[3 * 50 * 40];
      for (int i = 0; i < luma.length; i++) {
        int at = i / 3 * layout.bytes();
        luma[i] =
            (byte)
                Luma.of(
                    bytes[at + layout.place(0)] & 0xff,
                    bytes[at + 1] & 0xff,
                    bytes[at + layout.place(2)] & 0xff);
      }
      long stride = 50L * layout.bytes();
      ImagePixels pixels = new ImagePixels(TestImages.direct(bytes), layout, 50, 40, stride);
      byte[] grey = resize(pixels, new Crop(3, 2, 45, 31), 1, 16);
      byte[] repeated = resize(rgb(luma, 50), new Crop(3, 2, 45, 31), 16);
      for (int i = 0; i < repeated.length; i++) {
        assertThat(repeated[i]).isEqualTo(grey[i / 3]);
      }
    }
  }

  @Test
  void shouldKeepAConstantImageExactly() {
    for (int value : new int[] {0, 1, 127, 254, 255}) {
      byte[] pixels = new byte[3 * 700 * 500];
      java.util.Arrays.fill(pixels, (byte) value);
      byte[] made = resize(rgb(pixels, 700), new Crop(0, 0, 700, 500), 224);
      assertThat(made).containsOnly((byte) value);
    }
  }

  @Test
  void shouldCopyWhenNothingIsResized() {
    byte[] pixels = new byte[3 * 64 * 64];
    new Random(1).nextBytes(pixels);
    assertThat(resize(rgb(pixels, 64), new Crop(0, 0, 64, 64), 64)).isEqualTo(pixels);
  }

  @Test
  void shouldAverageOverTensOfThousandsOfPixels() {
    int width = 65_535;
    byte[] pixels = new byte[3 * width];
    for (int x = 0; x < width; x++) {
      java.util.Arrays.fill(pixels, 3 * x, 3 * x + 3, (byte) (x % 2 * 200 + 10));
    }
    byte[] made = resize(rgb(pixels, width), new Crop(0, 0, width, 1), 4);
    byte[] expected = oracle(rgb(pixels, width), new Crop(0, 0, width, 1), 4, 0);
    for (int i = 0; i < made.length; i++) {
      assertThat((made[i] & 0xff) - (expected[i] & 0xff)).isBetween(-2, 2);
    }
  }

  @Test
  void shouldNotDependOnWhatWasResizedBefore() {
    byte[] pixels = new byte[3 * 200 * 200];
    new Random(2).nextBytes(pixels);
    BilinearResize reused = new BilinearResize();
    for (Crop crop :
        new Crop[] {
          new Crop(0, 0, 200, 200),
          new Crop(3, 4, 20, 180),
          new Crop(0, 0, 200, 200),
          new Crop(50, 50, 7, 9)
        }) {
      for (int side : new int[] {32, 48}) {
        ByteBuffer target = ByteBuffer.allocateDirect(3 * side * side);
        reused.resize(rgb(pixels, 200), crop, 1, 3, side, target);
        byte[] made = new byte[3 * side * side];
        target.flip().get(made);
        assertThat(made).isEqualTo(resize(rgb(pixels, 200), crop, side));
      }
    }
  }

  private static ImagePixels rgb(byte[] bytes, int width) {
    return new ImagePixels(
        TestImages.direct(bytes), PixelLayout.RGB, width, bytes.length / 3 / width, 3L * width);
  }

  private static byte[] resize(ImagePixels pixels, Crop crop, int side) {
    return resize(pixels, crop, pixels.layout().channels(), side);
  }

  private static byte[] resize(ImagePixels pixels, Crop crop, int channels, int side) {
    ByteBuffer target = ByteBuffer.allocateDirect(channels * side * side);
    new BilinearResize().resize(pixels, crop, 1, channels, side, target);
    assertThat(target.hasRemaining()).isFalse();
    byte[] made = new byte[channels * side * side];
    target.flip().get(made);
    return made;
  }

  @Test
  void shouldDifferByTwoOnlyWhereBothPassesAreInDoubt() {
    shouldAgreeWithTheDefinition(7, 5, 22, PixelLayout.RGBX, 11_117);
  }

  /**
   * The definition in doubles: across, rounded to bytes, then down.
   *
   * @param error added to each sum before it is rounded
   */
  private static byte[] oracle(ImagePixels pixels, Crop crop, int side, double error) {
    PixelLayout layout = pixels.layout();
    int channels = layout.channels();
    byte[] out = new byte[channels * side * side];
    for (int channel = 0; channel < channels; channel++) {
      double[][] across = new double[pixels.height()][side];
      for (int y = 0; y < pixels.height(); y++) {
        double[] line = new double[pixels.width()];
        for (int x = 0; x < line.length; x++) {
          long at = y * pixels.stride() + (long) x * layout.bytes() + layout.place(channel);
          line[x] = pixels.bytes().get((int) at) & 0xff;
        }
        across[y] = shrink(line, crop.left(), crop.width(), side, error);
      }
      for (int x = 0; x < side; x++) {
        double[] line = new double[pixels.height()];
        for (int y = 0; y < line.length; y++) {
          line[y] = across[y][x];
        }
        double[] down = shrink(line, crop.top(), crop.height(), side, error);
        for (int y = 0; y < side; y++) {
          out[(y * side + x) * channels + channel] = (byte) down[y];
        }
      }
    }
    return out;
  }

  private static double[] shrink(double[] line, int from, int span, int side, double error) {
    double step = (double) span / side;
    double reach = Math.max(1, step);
    double[] out = new double[side];
    for (int i = 0; i < side; i++) {
      double centre = from + (i + 0.5) * step;
      double sum = 0;
      double weights = 0;
      for (int j = 0; j < line.length; j++) {
        double weight = Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach);
        sum += weight * line[j];
        weights += weight;
      }
      out[i] = Math.max(0, Math.min(255, Math.floor(sum / weights + error + 0.5)));
    }
    return out;
  }
}
