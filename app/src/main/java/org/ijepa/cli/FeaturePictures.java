package org.ijepa.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ijepa.batch.SampleViews;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.Masked;
import org.ijepa.node.Models;
import org.ijepa.picture.PrincipalColours;
import org.ijepa.picture.Sheet;
import org.ijepa.picture.Similarity;
import org.ijepa.picture.Tile;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.source.DataSource;
import org.ijepa.vit.Geometry;

/** Pictures of what the features of images tell apart. */
final class FeaturePictures {
  private static final int NEIGHBOURS = 7;
  private static final int WHITE = 0xffffff;

  private final FrozenEncoder frozen;
  private final Encoder encoder;
  private final SampleViews images;
  private final Geometry geometry;
  private final Kept kept;

  private FeaturePictures(FrozenEncoder frozen, Encoder encoder, DataSource source, Kept kept) {
    this.frozen = frozen;
    this.encoder = encoder;
    images = frozen.views(source);
    this.kept = kept;
    geometry = Models.geometry(frozen.settings());
  }

  /**
   * Reads images and their features; those that cannot be read are told to {@code complaints}.
   *
   * @param images shown, spread over those that are read
   * @param among images that are read, spread over the source: where folders are classes, the first
   *     ones would all be of one
   * @throws Failure if none of the images to show can be read
   */
  static FeaturePictures of(
      FrozenEncoder frozen,
      Encoder encoder,
      DataSource source,
      int images,
      int among,
      PrintWriter complaints)
      throws IOException {
    List<Long> read = Views.spread(source.index().size(), among);
    List<Long> shown =
        Views.spread(read.size(), images).stream().map(at -> read.get(at.intValue())).toList();
    Kept kept = new Kept(source, frozen.width(), shown, complaints);
    frozen.stream(source, read, new FeatureExtractor.Wanted(encoder, 1, Values.PATCHES), kept);
    if (kept.patches.isEmpty()) {
      throw Views.noneToShow();
    }
    return new FeaturePictures(frozen, encoder, source, kept);
  }

  /** Images that could not be read. */
  long leftOut() {
    return kept.bad;
  }

  /**
   * Writes pca.png, neighbours.png, similarity.png and predicted.png.
   *
   * @param patch that others are compared with, in reading order from 0
   */
  void write(Path folder, int patch) throws IOException {
    principal(folder.resolve("pca.png"));
    neighbours(folder.resolve("neighbours.png"));
    similarity(folder.resolve("similarity.png"), patch);
    predicted(folder.resolve("predicted.png"));
  }

  private String caption() {
    return frozen.name() + ", " + CheckpointOptions.name(encoder) + " encoder";
  }

  private Tile tile(long sample) {
    return Views.tile(images, sample, geometry.side());
  }

  private int tileSide() {
    return Views.tileSide(geometry.side());
  }

  private List<Tile> tiles() {
    return kept.shown().stream().map(this::tile).toList();
  }

  private void principal(Path file) throws IOException {
    List<float[]> shown = kept.shown().stream().map(kept.patches::get).toList();
    PrincipalColours colours = new PrincipalColours(shown, geometry.width());
    Sheet sheet = new Sheet(tileSide());
    sheet.row(caption(), tiles());
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

  private void neighbours(Path file) throws IOException {
    Sheet sheet = new Sheet(tileSide());
    String caption =
        caption() + ": each row an image and the nearest of " + kept.means.size() + ", by cosine";
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

  private void predicted(Path file) throws IOException {
    List<byte[]> views = kept.shown().stream().map(sample -> Views.pixels(images, sample)).toList();
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

  private void similarity(Path file, int patch) throws IOException {
    Sheet sheet = new Sheet(tileSide());
    sheet.row(caption(), tiles().stream().map(tile -> tile.framed(patch)).toList());
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

  /** Averages of all images, patches of those that are shown. */
  private static final class Kept implements FeatureExtractor.Rows {
    private final DataSource source;
    private final int width;
    private final List<Long> wanted;
    private final List<Long> samples = new ArrayList<>();
    private final List<float[]> means = new ArrayList<>();
    private final Map<Long, float[]> patches = new HashMap<>();
    private final PrintWriter complaints;
    private long bad;

    Kept(DataSource source, int width, List<Long> wanted, PrintWriter complaints) {
      this.source = source;
      this.width = width;
      this.wanted = wanted;
      this.complaints = complaints;
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
      complaints.println("left out: " + source.index().key(sample) + " " + cause.getMessage());
    }

    List<Long> shown() {
      return wanted.stream().filter(patches::containsKey).toList();
    }
  }
}
