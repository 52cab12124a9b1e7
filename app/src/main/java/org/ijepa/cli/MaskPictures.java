package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.ijepa.batch.SampleViews;
import org.ijepa.failure.Failure;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.node.Models;
import org.ijepa.picture.Sheet;
import org.ijepa.picture.Tile;
import org.ijepa.settings.Settings;

/** Pictures of the masks that a configuration leads to. */
final class MaskPictures {
  /** Masks that are shown. */
  static final int SHOWN = 8;

  /** Steps whose masks are counted. */
  private static final int STEPS = 100;

  private MaskPictures() {}

  /**
   * Adds a row of masks, and how often each patch is in the context and in a target.
   *
   * @param tiles the image for a number below {@link #SHOWN}
   * @param name of the configuration
   */
  static void add(Settings settings, Sheet sheet, IntFunction<Tile> tiles, String name) {
    MaskRules rules = Models.maskRules(settings);
    MaskSampler sampler = new MaskSampler(rules, settings.seed());
    int patches = rules.side() * rules.side();
    double[] context = new double[patches];
    double[] target = new double[patches];
    List<Tile> shown = new ArrayList<>();
    long images = 0;
    long kept = 0;
    long before = 0;
    for (int step = 0; step < STEPS; step++) {
      long first = (long) step * settings.share();
      for (MaskGroup group : sampler.groups(step, 0, first, settings.share())) {
        for (int i = 0; i < group.size(); i++) {
          int[][] blocks = blocks(group, i);
          count(group.context()[i], context);
          for (int[] block : blocks) {
            count(block, target);
          }
          // One of each step: sizes differ between steps only.
          if (shown.size() < SHOWN && shown.size() == step) {
            shown.add(tiles.apply(shown.size()).masked(group.context()[i], blocks));
          }
          images++;
          kept += group.contextLength();
        }
        before += group.patchesBeforeCut();
      }
    }
    sheet.row(name + ": masks of " + shown.size() + " steps", shown);
    heats(sheet, name, context, target, images);
    sheet.row(
        String.format(
            Locale.ROOT,
            "%s: contexts of %.1f of %d patches, %.1f %% left after the cut to one length",
            name,
            (double) kept / images,
            patches,
            100.0 * kept / before),
        List.of());
  }

  private static int[][] blocks(MaskGroup group, int image) {
    int[][] blocks = new int[group.targets().length][];
    for (int m = 0; m < blocks.length; m++) {
      blocks[m] = group.targets()[m][image];
    }
    return blocks;
  }

  private static void count(int[] patches, double[] into) {
    for (int patch : patches) {
      into[patch]++;
    }
  }

  /** Both maps in a row, on one scale. */
  private static void heats(
      Sheet sheet, String name, double[] context, double[] target, long images) {
    DoubleSummaryStatistics contexts = shares(context, images);
    DoubleSummaryStatistics targets = shares(target, images);
    double bright = Math.max(1, Math.max(contexts.getMax(), targets.getMax()));
    int side = Views.tileSide((int) Math.round(Math.sqrt(context.length)));
    sheet.row(
        String.format(
            Locale.ROOT,
            "%s: how often a patch is in the context (left, %.2f to %.2f), and target blocks that"
                + " hold it, per image (right, %.2f to %.2f); dark 0, bright %.2f",
            name,
            contexts.getMin(),
            contexts.getMax(),
            targets.getMin(),
            targets.getMax(),
            bright),
        List.of(Tile.heat(context, 0, bright, side), Tile.heat(target, 0, bright, side)));
  }

  private static DoubleSummaryStatistics shares(double[] counts, long images) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] /= images;
    }
    return Arrays.stream(counts).summaryStatistics();
  }

  /**
   * Images of a source to draw on; those that cannot be read are told to {@code complaints}.
   *
   * @throws Failure if none can be read
   */
  static IntFunction<Tile> tiles(SampleViews images, Settings settings, PrintWriter complaints) {
    List<Long> shown = readable(images, settings, complaints);
    return i -> Views.tile(images, shown.get(i % shown.size()), settings.grid());
  }

  /** Images that can be shown; others are named. */
  private static List<Long> readable(
      SampleViews images, Settings settings, PrintWriter complaints) {
    List<Long> shown = new ArrayList<>();
    for (long sample : Views.spread(images.samples().size(), SHOWN)) {
      try {
        Views.tile(images, sample, settings.grid());
        shown.add(sample);
      } catch (Failure e) {
        complaints.println("left out: " + e.getMessage());
      }
    }
    if (shown.isEmpty()) {
      throw Views.noneToShow();
    }
    return shown;
  }
}
