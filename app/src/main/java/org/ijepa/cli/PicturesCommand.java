package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.Masked;
import org.ijepa.node.Models;
import org.ijepa.picture.PrincipalColours;
import org.ijepa.picture.Sheet;
import org.ijepa.picture.Similarity;
import org.ijepa.picture.Tile;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Draws what features tell apart. */
@Command(
    name = "pictures",
    description = {
      "Draws what the features of images tell apart.",
      "pca.png (patches in colours by their first three principal components), neighbours.png (the",
      "nearest images), similarity.png (one patch against all others), predicted.png (what the predictor",
      "says of masked patches, beside what the target encoder sees there)."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa pictures --checkpoint runs/a/checkpoints --data photos --out pictures")
final class PicturesCommand implements Callable<Integer> {
  private static final int NEIGHBOURS = 7;
  private static final int WHITE = 0xffffff;

  @Spec private CommandSpec spec;
  @Mixin private CheckpointOptions from;

  @Option(names = "--data", paramLabel = "URI", required = true, description = "Images.")
  private String data;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      required = true,
      description = "Folder for the pictures.")
  private Path out;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images shown, spread over the data (default: ${DEFAULT-VALUE}).")
  private int images;

  @Option(
      names = "--among",
      paramLabel = "N",
      defaultValue = "2000",
      description =
          "First images that neighbours are looked for among (default: ${DEFAULT-VALUE}).")
  private int among;

  @Option(
      names = "--patch",
      paramLabel = "ROW,COLUMN",
      split = ",",
      description = "Patch that others are compared with, from 0 (default: the one in the middle).")
  private int[] patch;

  @Override
  public Integer call() throws IOException {
    if (images < 1 || among < 1) {
      throw new Failure(ExitCode.WRONG_USAGE, "--images and --among must be at least 1", "");
    }
    try (FrozenEncoder frozen = from.open()) {
      Geometry geometry = Models.geometry(frozen.settings());
      int chosen = chosen(geometry.side());
      DataSource source = frozen.source(data);
      long size = Math.min(among, source.index().size());
      Kept kept = new Kept(source, geometry.width(), Views.spread(size, images));
      frozen.stream(
          source, size, new FeatureExtractor.Wanted(from.encoder(), 1, Values.PATCHES), kept);
      if (kept.patches.isEmpty()) {
        throw new Failure(ExitCode.BAD_DATA, "none of the images to show can be read", "");
      }
      String of = frozen.name() + ", " + from.encoderName() + " encoder";
      Drawing drawing = new Drawing(frozen, source, geometry, kept, of);
      drawing.principal(out.resolve("pca.png"));
      drawing.neighbours(out.resolve("neighbours.png"));
      drawing.similarity(out.resolve("similarity.png"), chosen);
      drawing.predicted(out.resolve("predicted.png"));
      PrintWriter text = spec.commandLine().getOut();
      text.println(
          "pca.png, neighbours.png, similarity.png, predicted.png written to "
              + out
              + (kept.bad > 0 ? ", " + kept.bad + " images left out" : ""));
      text.flush();
    }
    return ExitCode.DONE.number();
  }

  private int chosen(int grid) {
    if (patch == null) {
      return grid / 2 * grid + grid / 2;
    }
    boolean fits =
        patch.length == 2
            && Math.min(patch[0], patch[1]) >= 0
            && Math.max(patch[0], patch[1]) < grid;
    if (!fits) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--patch is not on the grid",
          "give ROW,COLUMN, each from 0 to " + (grid - 1));
    }
    return patch[0] * grid + patch[1];
  }

  /** Averages of all images, patches of those that are shown. */
  private final class Kept implements FeatureExtractor.Rows {
    private final DataSource source;
    private final int width;
    private final List<Long> wanted;
    private final List<Long> samples = new ArrayList<>();
    private final List<float[]> means = new ArrayList<>();
    private final Map<Long, float[]> patches = new HashMap<>();
    private long bad;

    Kept(DataSource source, int width, List<Long> wanted) {
      this.source = source;
      this.width = width;
      this.wanted = wanted;
    }

    @Override
    public void row(long sample, float[] values) {
      float[] mean = new float[width];
      for (int i = 0; i < values.length; i++) {
        mean[i % width] += values[i] * width / values.length;
      }
      samples.add(sample);
      means.add(mean);
      if (wanted.contains(sample)) {
        patches.put(sample, values);
      }
    }

    @Override
    public void unreadable(long sample, BadImage cause) {
      bad++;
      spec.commandLine()
          .getErr()
          .println("left out: " + source.index().key(sample) + " " + cause.getMessage());
    }

    List<Long> shown() {
      return wanted.stream().filter(patches::containsKey).toList();
    }
  }

  private record Drawing(
      FrozenEncoder frozen, DataSource source, Geometry geometry, Kept kept, String of) {

    private Tile tile(long sample) {
      return Views.tile(source, frozen.decoder(), sample, geometry.imageSize(), geometry.side());
    }

    private int tileSide() {
      return Views.tileSide(geometry.side());
    }

    private List<Tile> tiles() {
      return kept.shown().stream().map(this::tile).toList();
    }

    void principal(Path file) throws IOException {
      List<float[]> shown = kept.shown().stream().map(kept.patches::get).toList();
      PrincipalColours colours = new PrincipalColours(shown, geometry.width());
      Sheet sheet = new Sheet(tileSide());
      sheet.row(of, tiles());
      double[] shares = colours.shares();
      sheet.row(
          String.format(
              Locale.ROOT,
              "patches by principal components: red %.0f %%, green %.0f %%, blue %.0f %% of the"
                  + " variance",
              100 * shares[0],
              100 * shares[1],
              100 * shares[2]),
          shown.stream().map(patches -> Tile.of(colours.of(patches), tileSide())).toList());
      sheet.write(file);
    }

    void neighbours(Path file) throws IOException {
      Sheet sheet = new Sheet(tileSide());
      String caption =
          of + ": each row an image and the nearest of " + kept.means.size() + ", by cosine";
      for (long sample : kept.shown()) {
        List<Tile> row = new ArrayList<>(List.of(tile(sample)));
        int number = kept.samples.indexOf(sample);
        for (int near : Similarity.nearest(kept.means, number, NEIGHBOURS)) {
          row.add(tile(kept.samples.get(near)));
        }
        sheet.row(caption, row);
        caption = "";
      }
      sheet.write(file);
    }

    void predicted(Path file) throws IOException {
      List<byte[]> views =
          kept.shown().stream()
              .map(sample -> Views.pixels(source, frozen.decoder(), sample, geometry.imageSize()))
              .toList();
      List<Masked> masked = frozen.masked(views);
      PrincipalColours colours =
          new PrincipalColours(masked.stream().map(Masked::target).toList(), geometry.width());
      Sheet sheet = new Sheet(tileSide());
      List<Tile> masks = new ArrayList<>(tiles());
      for (int i = 0; i < masks.size(); i++) {
        masks.get(i).masked(masked.get(i).context(), masked.get(i).blocks());
      }
      sheet.row(frozen.name() + ": context as it is, target blocks in colours", masks);
      sheet.row(
          "the target encoder's patches by principal components",
          masked.stream().map(one -> Tile.of(colours.of(one.target()), tileSide())).toList());
      sheet.row(
          "the same in the target blocks",
          masked.stream().map(one -> blocks(one, colours.of(one.target()))).toList());
      double loss = masked.stream().mapToDouble(Masked::loss).average().orElseThrow();
      sheet.row(
          String.format(Locale.ROOT, "what the predictor says of them: loss %.4f", loss),
          masked.stream().map(one -> blocks(one, colours.of(one.inPlace()))).toList());
      sheet.write(file);
    }

    private Tile blocks(Masked one, int[] colours) {
      for (int patch = 0; patch < colours.length; patch++) {
        colours[patch] = one.isPredicted(patch) ? colours[patch] : WHITE;
      }
      return Tile.of(colours, tileSide());
    }

    void similarity(Path file, int patch) throws IOException {
      Sheet sheet = new Sheet(tileSide());
      sheet.row(of, tiles().stream().map(tile -> tile.framed(patch)).toList());
      List<Tile> heat = new ArrayList<>();
      double least = 1;
      for (long sample : kept.shown()) {
        for (double value : Similarity.toPatch(kept.patches.get(sample), geometry.width(), patch)) {
          least = Math.min(least, value);
        }
      }
      for (long sample : kept.shown()) {
        double[] values = Similarity.toPatch(kept.patches.get(sample), geometry.width(), patch);
        heat.add(Tile.heat(values, least, 1, tileSide()));
      }
      sheet.row(
          String.format(
              Locale.ROOT, "cosine of the framed patch to all others: dark %.2f, bright 1", least),
          heat);
      sheet.write(file);
    }
  }
}
