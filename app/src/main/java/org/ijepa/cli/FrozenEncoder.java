package org.ijepa.cli;

import static java.util.stream.Collectors.toSet;

import akka.util.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ijepa.batch.SampleViews;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.collapse.CollapseMeasures;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.decode.CrashingFile;
import org.ijepa.decode.GuardedDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor;
import org.ijepa.feature.Features;
import org.ijepa.feature.LabelTable;
import org.ijepa.feature.LabelledPart;
import org.ijepa.feature.Labels;
import org.ijepa.feature.Masked;
import org.ijepa.feature.SceneLabels;
import org.ijepa.feature.SceneLabels.Scene;
import org.ijepa.feature.SgdProbe;
import org.ijepa.feature.Shifts;
import org.ijepa.feature.TunedEncoder;
import org.ijepa.feature.Tuning;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.node.Devices;
import org.ijepa.node.Models;
import org.ijepa.probe.FitProgress;
import org.ijepa.probe.SgdTrials;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.settings.ClusterSettings.Compute;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.ijepa.store.StoreException.Kind;
import org.ijepa.version.ProgramVersion;

/**
 * The encoder of a run's newest checkpoint, and the features it gives of labelled images. Files
 * that the run knows to take a process down are no images to it.
 */
final class FrozenEncoder implements AutoCloseable {
  /** Where the images of the official CLEVR are. */
  private static final Pattern OFFICIAL = Pattern.compile("(?:(.*)/)?images/([^/]+)/?");

  private final StoredCheckpoint stored;
  private final Settings settings;
  private final GuardedDecoder decoder;
  private final List<CrashingFile> refused;
  private final Precision precision;
  private final String device;
  private final FeatureExtractor extractor;
  private boolean trained = true;

  /** Features of labelled images; rows of files that are no images are left out. */
  static final class Part {
    private final LabelledImages images;
    private final float[][] features;
    private final long[] samples;

    Part(LabelledImages images, Features features) {
      this.images = images;
      this.features = features.rows();
      samples = features.samples();
    }

    float[][] features() {
      return features;
    }

    Labels labels(int column) {
      return images.labels().get(column);
    }

    int[] numbers(int column, List<String> classes) {
      return labels(column).numbers(classes, samples);
    }

    double[] values(int column) {
      return labels(column).values(samples);
    }

    /** Of numbers of all images, those of the rows. */
    double[] of(double[] all) {
      return Arrays.stream(samples).mapToDouble(sample -> all[(int) sample]).toArray();
    }

    int unreadable() {
      return images.count() - samples.length;
    }

    /** How many of its images are, by their addresses, those of another part, too. */
    long shared(Part other) {
      Set<String> addresses = other.addresses().collect(toSet());
      return addresses().filter(addresses::contains).count();
    }

    private Stream<String> addresses() {
      return Arrays.stream(samples).mapToObj(images.source()::describe);
    }

    private LabelledPart moved(Shifts shifts) {
      return new LabelledPart(images.source(), samples, shifts);
    }
  }

  /**
   * Opens the newest checkpoint.
   *
   * @param uri folder or prefix of the checkpoints
   * @param access where S3 is
   * @param wanted number format of matrix products; AUTO for the run's where the device has it
   * @param lines for progress
   */
  FrozenEncoder(String uri, S3Access access, Precision wanted, WorkLines lines) throws IOException {
    Path room = Path.of(System.getProperty("java.io.tmpdir"));
    stored = new StoredCheckpoint(uri, access, room, lines);
    try {
      settings = stored.settings();
      decoder = new GuardedDecoder(ImageDecoders.open(ImageDecoders.Options.of(settings)));
      refused = stored.store().marks().refused();
      decoder.refuse(refused);
      Devices devices = Devices.of(Compute.AUTO);
      device = devices.first().getDeviceType();
      precision = wanted == Precision.AUTO ? precision(settings, devices) : wanted;
      extractor =
          new FeatureExtractor(
              devices.first(),
              stored.geometry(),
              Models.evaluation(settings, precision == Precision.BF16),
              Runtime.getRuntime().availableProcessors());
      extractor.load(stored.store(), stored.name());
    } catch (IOException | RuntimeException e) {
      stored.close();
      throw e;
    }
  }

  private static Precision precision(Settings settings, Devices devices) {
    return settings.optimization().precision() == Precision.BF16 && devices.hasBfloat16()
        ? Precision.BF16
        : Precision.FP32;
  }

  /** Number format of its matrix products, as it is written. */
  String precision() {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  CheckpointName name() {
    return stored.name();
  }

  /** Blocks of the encoder. */
  int depth() {
    return settings.model().encoder().depth();
  }

  /** Refuses a number of last blocks that the encoder has not. */
  void requireLayers(int layers) {
    if (layers < 1 || layers > depth()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "--layers " + layers + " of an encoder with " + depth() + " blocks",
          "give a number from 1 to " + depth());
    }
  }

  /** Features of a patch. */
  int width() {
    return settings.model().encoder().width();
  }

  /** Whether its model was trained elsewhere. */
  boolean isImported() {
    return stored.isImported();
  }

  /** Goes back to the values that the run began with. */
  void untrained() {
    extractor.initialise(Models.initialisation(settings), settings.seed());
    trained = false;
  }

  /**
   * The images under a URI and their labels.
   *
   * @param table of labels; empty for what stands beside the images
   * @param columns that {@link Labels#read} takes, in the order in which {@link LabelledImages} and
   *     {@link Part} are asked for them
   */
  LabelledImages images(String uri, Optional<LabelTable> table, List<Optional<String>> columns) {
    DataSource source = source(uri);
    List<Labels> labels = columns.stream().map(column -> labels(source, table, column)).toList();
    return new LabelledImages(uri, source, table, labels);
  }

  /** Features of images. */
  Features features(LabelledImages images, FeatureExtractor.Wanted wanted) {
    long size = images.count();
    try (WorkLine progress = work("features of " + images.uri() + ":", "images")) {
      return extractor.features(
          images.source(), decoder, size, wanted, done -> progress.at(done, size));
    }
  }

  /**
   * Everything that features hang on but the number of blocks: where it is equal, they are. Of the
   * images it tells names and sizes, not contents.
   */
  String origin(LabelledImages images, FeatureExtractor.Wanted wanted) throws IOException {
    Shifts shifts = wanted.shifts();
    List<String> parts =
        new ArrayList<>(
            List.of(
                "ijepa " + ProgramVersion.text(),
                "checkpoint " + stored.store().digest(name()),
                (trained ? "weights" : "start") + " of the " + wanted.encoder() + " encoder",
                "precision " + precision() + " on " + device,
                "values " + wanted.values(),
                "moved " + (shifts.most() == 0 ? "nowhere" : shifts),
                "decoded by " + decoder.name(),
                "images " + images.source().fingerprint()));
    refused.stream().map(file -> "without " + file.text()).sorted().forEach(parts::add);
    return String.join("\n", parts);
  }

  /**
   * The encoder in fine-tuning; the features of parts must have been computed before.
   *
   * @param shifts how the images of the parts are moved, those of training first
   */
  TunedEncoder tuned(Tuning tuning, Part train, Part test, List<Shifts> shifts) {
    return extractor.tuned(decoder, tuning, train.moved(shifts.get(0)), test.moved(shifts.get(1)));
  }

  /**
   * Linear layers under SGD; the features of parts must have been computed before.
   *
   * @param shifts how the images of the parts are moved, those of training first
   */
  SgdTrials sgd(
      SgdProbe.Options options,
      Part train,
      Part test,
      List<Shifts> shifts,
      List<String> classes,
      long seed) {
    try (WorkLine progress = work("training:", "epochs")) {
      return extractor
          .sgd(decoder, options, seed)
          .fit(
              train.moved(shifts.get(0)),
              train.numbers(0, classes),
              test.moved(shifts.get(1)),
              test.numbers(0, classes),
              done -> progress.at(done, options.epochs(), ""));
    }
  }

  private Labels labels(DataSource source, Optional<LabelTable> table, Optional<String> column) {
    return Labels.read(source, table, column, stored.data().system());
  }

  /**
   * A table of labels, wherever it is.
   *
   * @throws Failure if there is none
   */
  LabelTable table(String uri) {
    int slash = uri.lastIndexOf('/');
    String folder = slash < 0 ? "." : uri.substring(0, Math.max(1, slash));
    try {
      return LabelTable.read(stored.data().store(folder), uri.substring(slash + 1));
    } catch (CompletionException e) {
      if (StoreException.of(e).filter(known -> known.kind() == Kind.NOT_FOUND).isEmpty()) {
        throw e;
      }
      throw new Failure(
          ExitCode.WRONG_USAGE, "no table of labels at " + uri, "correct the path", e);
    }
  }

  /** A line for the progress of what is done with the encoder's features. */
  WorkLine work(String what, String unit) {
    return stored.data().work(what, unit);
  }

  /** Runs the fits of a probe, and shows how far they are. */
  <T> T fit(Function<FitProgress, T> fits) {
    try (WorkLine progress = work("fitting:", "fits")) {
      return fits.apply(
          (done, of, iterations) ->
              progress.at(done, of, iterations == 0 ? "" : iterations + " rounds of the next"));
    }
  }

  /** Images under a URI. */
  DataSource source(String uri) {
    return stored.data().source(uri, Models.indexCache(settings));
  }

  /** Hands over the features of the first {@code samples} images of a source. */
  void stream(
      DataSource source, long samples, FeatureExtractor.Wanted wanted, FeatureExtractor.Rows rows)
      throws IOException {
    extractor.stream(source, decoder, samples, wanted, rows);
  }

  /** Hands over the features of some images of a source, in their order. */
  void stream(
      DataSource source,
      List<Long> samples,
      FeatureExtractor.Wanted wanted,
      FeatureExtractor.Rows rows)
      throws IOException {
    extractor.stream(source, decoder, samples, wanted, rows);
  }

  /** Predictions for images, each with a mask as in training. */
  List<Masked> masked(List<byte[]> views) {
    MaskRules rules = Models.maskRules(settings).withGroupSize(views.size());
    return extractor.masked(views, new MaskSampler(rules, settings.seed()));
  }

  Settings settings() {
    return settings;
  }

  /** Codec, version and options. */
  String decoderName() {
    return decoder.name();
  }

  /** Images of a source as pixels. */
  SampleViews views(Samples source) {
    return new SampleViews(source, decoder, settings.data().imageSize());
  }

  /**
   * Signs of collapse on some images under a URI.
   *
   * @param images how many, chosen by {@code seed}; two at least
   */
  CollapseMeasures collapse(String uri, int images, long seed, Encoder encoder) {
    HeldOutImages batch =
        HeldOutImages.load(
            views(source(uri)),
            RandomKey.of(seed, "held-out"),
            images,
            settings.pipeline().fetchBytes());
    if (batch.count() < 2) {
      throw new Failure(
          ExitCode.BAD_DATA,
          batch.count() + " images under " + uri + " can be read",
          "give a folder or prefix with two images or more");
    }
    try (WorkLine progress = work("looking at", "images")) {
      return extractor.collapse(
          Models.collapseMonitor(settings, batch),
          encoder,
          done -> progress.at(done, batch.count()));
    }
  }

  /**
   * A number of each image's scene: from a table's column, from scenes.json, for DIR/images/SPLIT
   * from DIR/scenes/CLEVR_SPLIT_scenes.json, or in shards from a field of .json members.
   *
   * @param column of the table, or field
   * @param number the same of a scene
   */
  double[] numbers(LabelledImages images, String column, ToDoubleFunction<Scene> number) {
    DataSource source = images.source();
    if (images.table().isPresent() || exists(source.store(), LabelTable.FILE)) {
      return column(images, column);
    }
    Store store = source.store();
    String file = "scenes.json";
    Matcher official = OFFICIAL.matcher(images.uri());
    if (!exists(store, file) && official.matches()) {
      store = stored.data().store(official.group(1) == null ? "." : official.group(1));
      file = "scenes/CLEVR_" + official.group(2) + "_scenes.json";
    }
    if (!exists(store, file) && source.isSharded()) {
      return column(images, column);
    }
    if (!exists(store, file)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "there is neither labels.csv nor scenes.json under " + images.uri(),
          "give a folder of dataset scenes, images/SPLIT of the official CLEVR, or --labels FILE");
    }
    ByteString bytes = store.read(file).toCompletableFuture().join();
    SceneLabels scenes = SceneLabels.parse(bytes, store.describe(file));
    return Arrays.stream(scenes.of(source.index(), images.all())).mapToDouble(number).toArray();
  }

  private static boolean exists(Store store, String file) {
    return store.size(file).toCompletableFuture().join().isPresent();
  }

  private double[] column(LabelledImages images, String name) {
    return labels(images.source(), images.table(), Optional.of(name)).values(images.all());
  }

  @Override
  public void close() throws IOException {
    extractor.close();
    decoder.close();
    stored.close();
  }
}
