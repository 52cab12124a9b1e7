package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.node.Models;
import org.ijepa.picture.Sheet;
import org.ijepa.picture.Tile;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Draws masks. */
@Command(
    name = "masks",
    description = {
      "Draws masks of both modes on your images.",
      "Context patches are shown as they are, target blocks in colours, the rest faded; and how"
          + " often",
      "each patch is in a context or a target."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa masks --config conf/vitb16.conf --data photos --out masks.png")
final class MasksCommand implements Callable<Integer> {
  private static final int SHOWN = 8;

  /** Steps whose masks are counted. */
  private static final int STEPS = 100;

  private static final int GREY = 0x808080;

  @Spec private CommandSpec spec;
  @Mixin private SettingsOptions options;

  @Option(names = "--data", paramLabel = "URI", description = "Images (default: grey squares).")
  private Optional<String> data = Optional.empty();

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "A .png file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Views.requirePng(out);
    Settings settings = options.load();
    Sheet sheet = new Sheet(Views.tileSide(settings.grid()));
    if (data.isPresent()) {
      try (ImageDecoder decoder =
          ImageDecoders.open(ImageDecoders.Options.of(settings.pipeline()))) {
        withImages(settings, decoder, sheet);
      }
    } else {
      int side = Views.tileSide(settings.grid());
      draw(sheet, i -> Tile.plain(side, settings.grid(), GREY));
    }
    sheet.write(out);
    spec.commandLine().getOut().println("written to " + out);
    return ExitCode.DONE.number();
  }

  private void withImages(Settings settings, ImageDecoder decoder, Sheet sheet) {
    try (DataAccess access = new DataAccess(Models.s3(settings))) {
      DataSource source = access.source(data.orElseThrow(), Models.indexCache(settings));
      List<Long> samples = readable(source, decoder, settings);
      draw(
          sheet,
          i ->
              Views.tile(
                  source,
                  decoder,
                  samples.get(i % samples.size()),
                  settings.data().imageSize(),
                  settings.grid()));
    }
  }

  /** Images that can be shown; others are named. */
  private List<Long> readable(DataSource source, ImageDecoder decoder, Settings settings) {
    List<Long> samples = new ArrayList<>();
    for (long sample : Views.spread(source.index().size(), SHOWN)) {
      try {
        Views.tile(source, decoder, sample, settings.data().imageSize(), settings.grid());
        samples.add(sample);
      } catch (Failure e) {
        spec.commandLine().getErr().println("left out: " + e.getMessage());
      }
    }
    if (samples.isEmpty()) {
      throw new Failure(ExitCode.BAD_DATA, "none of the images to show can be read", "");
    }
    return samples;
  }

  private interface Tiles {
    Tile tile(int number);
  }

  private void draw(Sheet sheet, Tiles tiles) {
    for (String mode : List.of("reference", "corrected")) {
      mode(mode(mode), sheet, tiles, mode);
    }
  }

  /** The configuration with a mode and all that follows from it. */
  private Settings mode(String mode) {
    return options.load(
        List.of(
            "mask.mode=" + mode,
            "mask.draws=auto",
            "mask.places=auto",
            "mask.cap=auto",
            "mask.cut=auto",
            "mask.group-size=auto",
            "optimization.micro-batch=1"));
  }

  private static void mode(Settings settings, Sheet sheet, Tiles tiles, String name) {
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
            shown.add(tiles.tile(shown.size()).masked(group.context()[i], blocks));
          }
          images++;
          kept += group.contextLength();
        }
        before += group.patchesBeforeCut();
      }
    }
    sheet.row(name + ": masks of " + shown.size() + " steps", shown);
    heat(sheet, name + ": how often a patch is in the context", context, images);
    heat(sheet, name + ": target blocks that hold a patch, per image", target, images);
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

  private static void heat(Sheet sheet, String what, double[] counts, long images) {
    double least = Double.MAX_VALUE;
    double greatest = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] /= images;
      least = Math.min(least, counts[i]);
      greatest = Math.max(greatest, counts[i]);
    }
    int side = Views.tileSide((int) Math.round(Math.sqrt(counts.length)));
    sheet.row(
        String.format(
            Locale.ROOT,
            "%s: dark 0, bright %.2f; here %.2f to %.2f",
            what,
            Math.max(1, greatest),
            least,
            greatest),
        List.of(Tile.heat(counts, 0, Math.max(1, greatest), side)));
  }
}
