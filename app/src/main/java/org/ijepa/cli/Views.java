package org.ijepa.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ijepa.batch.SampleViews;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.picture.Fonts;
import org.ijepa.picture.Tile;

/** Some images of a source as a model sees them. */
final class Views {
  private static final int TILE = 112;

  private Views() {}

  /** Side of a tile: near 112 pixels, and the same number of pixels for each patch. */
  static int tileSide(int grid) {
    return Math.max(1, Math.round((float) TILE / grid)) * grid;
  }

  /** Of the images to show none was left, each with a complaint of its own. */
  static Failure noneToShow() {
    return new Failure(
        ExitCode.BAD_DATA,
        "none of the images to show can be read",
        "each is named above with the reason; mend them, or give other images");
  }

  /**
   * Refuses a name that says another format than what is written, and a machine that cannot write
   * it, before the work.
   *
   * @throws Failure if it does not end in .png, or there are no fonts
   */
  static void requirePng(Path file) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new Failure(
          ExitCode.WRONG_USAGE, file + " would hold a PNG picture", "end its name in .png");
    }
    Fonts.require();
  }

  /**
   * Numbers of samples spread evenly over a source.
   *
   * @return at most {@code count}
   */
  static List<Long> spread(long size, int count) {
    List<Long> samples = new ArrayList<>();
    long taken = Math.min(size, count);
    for (long i = 0; i < taken; i++) {
      samples.add(i * size / taken);
    }
    return samples;
  }

  /** A fresh tile of a sample. */
  static Tile tile(SampleViews images, long sample, int grid) {
    return Tile.of(pixels(images, sample), images.side(), tileSide(grid), grid);
  }

  /** A sample's pixels, S x S x C unsigned bytes. */
  static byte[] pixels(SampleViews images, long sample) {
    try {
      return images.of(sample);
    } catch (BadImage e) {
      throw new Failure(
          ExitCode.BAD_DATA,
          images.samples().name(sample) + " cannot be shown: " + e.getMessage(),
          "leave it out",
          e);
    }
  }
}
