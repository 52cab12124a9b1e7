package org.ijepa.picture;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/** A square picture whose patches can be coloured. */
public final class Tile {
  private final int side;
  private final int grid;
  private final BufferedImage image;

  private Tile(int side, int grid) {
    this.side = side;
    this.grid = grid;
    image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
  }

  /**
   * A picture as the model sees it.
   *
   * @param pixels side x side x C unsigned bytes; three channels or more are taken for red, green,
   *     blue and what is not shown, the first of fewer for grey
   * @param pixelSide side of {@code pixels}
   * @param side of the tile; each pixel is repeated or left out
   * @param grid patches along a side
   */
  public static Tile of(byte[] pixels, int pixelSide, int side, int grid) {
    int channels = pixels.length / (pixelSide * pixelSide);
    int step = channels < 3 ? 0 : 1;
    Tile tile = new Tile(side, grid);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = channels * (y * pixelSide / side * pixelSide + x * pixelSide / side);
        int red = pixels[at] & 0xff;
        int green = pixels[at + step] & 0xff;
        tile.image.setRGB(x, y, (red << 16) | (green << 8) | (pixels[at + 2 * step] & 0xff));
      }
    }
    return tile;
  }

  /** A tile of one colour. */
  public static Tile plain(int side, int grid, int colour) {
    Tile tile = new Tile(side, grid);
    for (int patch = 0; patch < grid * grid; patch++) {
      tile.over(patch, colour, 1);
    }
    return tile;
  }

  /** A colour for each patch. */
  public static Tile of(int[] colours, int side) {
    int grid = (int) Math.round(Math.sqrt(colours.length));
    Tile tile = new Tile(side, grid);
    for (int patch = 0; patch < colours.length; patch++) {
      tile.over(patch, colours[patch], 1);
    }
    return tile;
  }

  /** A brightness for each patch, from the least value to the greatest. */
  public static Tile heat(double[] values, double least, double greatest, int side) {
    int[] colours = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      colours[i] = Colours.scale((values[i] - least) / Math.max(1e-12, greatest - least));
    }
    return of(colours, side);
  }

  /** Lays {@code share} of a colour over a patch. */
  void over(int patch, int colour, double share) {
    int row = patch / grid;
    int column = patch % grid;
    for (int y = row * side / grid; y < (row + 1) * side / grid; y++) {
      for (int x = column * side / grid; x < (column + 1) * side / grid; x++) {
        image.setRGB(x, y, Colours.mix(image.getRGB(x, y), colour, share));
      }
    }
  }

  /** Draws a frame around a patch. */
  public Tile framed(int patch) {
    int row = patch / grid;
    int column = patch % grid;
    int top = row * side / grid;
    int bottom = (row + 1) * side / grid - 1;
    int left = column * side / grid;
    int right = (column + 1) * side / grid - 1;
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        if (y - top < 2 || bottom - y < 2 || x - left < 2 || right - x < 2) {
          image.setRGB(x, y, 0xff0000);
        }
      }
    }
    return this;
  }

  /** Shows a mask: context patches as they are, targets in colours, the rest faded. */
  public Tile masked(int[] context, int[][] targets) {
    double[] fade = new double[grid * grid];
    Arrays.fill(fade, 0.8);
    for (int patch : context) {
      fade[patch] = 0;
    }
    for (int patch = 0; patch < fade.length; patch++) {
      over(patch, 0xffffff, fade[patch]);
    }
    for (int block = 0; block < targets.length; block++) {
      for (int patch : targets[block]) {
        over(patch, Colours.block(block), 0.6);
      }
    }
    return this;
  }

  BufferedImage image() {
    return image;
  }
}
