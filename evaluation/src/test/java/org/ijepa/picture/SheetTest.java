package org.ijepa.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SheetTest {
  @TempDir private Path folder;

  private BufferedImage written(Tile tile) throws IOException {
    Sheet sheet = new Sheet(40);
    sheet.row("", List.of(tile));
    Path file = folder.resolve("sheet.png");
    sheet.write(file);
    return ImageIO.read(file.toFile());
  }

  private static int pixel(BufferedImage image, int x, int y) {
    return image.getRGB(6 + x, 6 + y) & 0xffffff;
  }

  @Test
  void shouldShowContextAsItIsTargetsInColourAndFadeTheRest() throws IOException {
    Tile tile = Tile.plain(40, 4, 0x000000).masked(new int[] {0, 5}, new int[][] {{15}});
    BufferedImage image = written(tile);
    assertThat(pixel(image, 5, 5)).isZero();
    assertThat(pixel(image, 15, 15)).isZero();
    assertThat(pixel(image, 15, 5)).isEqualTo(0xcccccc);
    int target = pixel(image, 35, 35);
    assertThat(target >> 16).isGreaterThan(target & 0xff);
  }

  @Test
  void shouldShowPixelsWhereTheyAre() throws IOException {
    byte[] pixels = new byte[8 * 8 * 3];
    pixels[3 * (2 * 8 + 7)] = (byte) 200;
    pixels[3 * (2 * 8 + 7) + 2] = (byte) 255;
    BufferedImage image = written(Tile.of(pixels, 8, 40, 4));
    assertThat(pixel(image, 37, 12)).isEqualTo(0xc800ff);
    assertThat(pixel(image, 34, 12)).isZero();
  }

  @Test
  void shouldShowGreyAndWhatHasMoreChannels() throws IOException {
    byte[] grey = new byte[8 * 8];
    grey[2 * 8 + 7] = (byte) 200;
    assertThat(pixel(written(Tile.of(grey, 8, 40, 4)), 37, 12)).isEqualTo(0xc8c8c8);
    byte[] five = new byte[8 * 8 * 5];
    Arrays.fill(five, 5 * (2 * 8 + 7), five.length, (byte) 77);
    five[5 * (2 * 8 + 7)] = (byte) 200;
    assertThat(pixel(written(Tile.of(five, 8, 40, 4)), 37, 12)).isEqualTo(0xc84d4d);
  }

  @Test
  void shouldGrowBrighterWithTheValue() throws IOException {
    BufferedImage image = written(Tile.heat(new double[] {0, 0.3, 0.6, 1}, 0, 1, 40));
    int[] greens = {
      pixel(image, 5, 5), pixel(image, 35, 5), pixel(image, 5, 35), pixel(image, 35, 35)
    };
    for (int i = 0; i < greens.length; i++) {
      greens[i] = (greens[i] >> 8) & 0xff;
    }
    assertThat(greens).isSorted();
  }
}
