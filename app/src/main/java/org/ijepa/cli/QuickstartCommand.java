package org.ijepa.cli;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.ijepa.bench.ResidentMemory;
import org.ijepa.cli.FrozenEncoder.Part;
import org.ijepa.collapse.Verdict;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.dataset.NewFiles;
import org.ijepa.dataset.SceneDataset;
import org.ijepa.dataset.SceneSettings;
import org.ijepa.embedded.EmbeddedS3;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor.Values;
import org.ijepa.feature.FeatureExtractor.Wanted;
import org.ijepa.feature.Labels;
import org.ijepa.node.Models;
import org.ijepa.node.PretrainRun;
import org.ijepa.node.Services;
import org.ijepa.picture.Fonts;
import org.ijepa.probe.Classification;
import org.ijepa.probe.DepthBuckets;
import org.ijepa.probe.LinearProbe;
import org.ijepa.probe.NearestNeighbours;
import org.ijepa.probe.NeighbourResult;
import org.ijepa.probe.ProbeResult;
import org.ijepa.probe.RidgeRegression;
import org.ijepa.probe.RidgeResult;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.report.RunReport;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.Settings;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.Store;
import org.ijepa.trainer.StepProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The whole path on one machine: images in S3, a pretraining that is stopped and resumed, a probe.
 */
@Command(
    name = "quickstart",
    description = {
      "Shows the whole path, in about ten minutes.",
      "On this machine: renders labelled scenes, puts them into an S3 server of its own, pretrains on",
      "them from there, stops half-way, resumes from the checkpoint, compares what probes read off the",
      "trained and the untrained encoder, looks for collapse, and draws what patches have in common."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  ijepa quickstart --out runs/quickstart")
final class QuickstartCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final String CONFIGURATION = "quickstart.conf";
  private static final String BUCKET = "scenes";

  /** Scenes are numbered; the test set's numbers lie far above the training set's. */
  private static final int FIRST_TEST = 1_000_000;

  /** A shorter grid than eval's: a decade apart. */
  private static final List<Double> STRENGTHS = List.of(1e-1, 1e-2, 1e-3, 1e-4, 1e-5);

  private static final int COUNT = 0;
  private static final int NEAREST = 1;

  /** Images in which the collapse monitor looks for differences. */
  private static final int LOOKED_AT = 256;

  private static final int UPLOADS = 8;
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          Duration.ofMillis(100),
          Duration.ofSeconds(2),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      description = "Folder for everything (default: runs/quickstart-DATE).")
  private Path out;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Training images; a quarter as many for the test (default: ${DEFAULT-VALUE}).")
  private int images;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "KEY=VALUE",
      completionCandidates = KeyCandidates.class,
      description = "One value over conf/quickstart.conf's, such as optimization.steps=200.")
  private List<String> sets = new ArrayList<>();

  /** Below that there is no global batch, and nothing to test on. */
  private static final int FEWEST = 100;

  private PrintWriter print;

  @Override
  public Integer call() throws Exception {
    Fonts.require();
    print = spec.commandLine().getOut();
    if (images < FEWEST) {
      throw new ParameterException(
          spec.commandLine(), "--images is " + images + "; it must be at least " + FEWEST);
    }
    long began = System.nanoTime();
    if (out == null) {
      out =
          Path.of("runs", "quickstart-" + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP));
    }
    if (Files.exists(out)) {
      throw new Failure(
          ExitCode.WRONG_USAGE, out + " exists already", "give another folder with --out");
    }
    RunFolder.create(out);
    try (EmbeddedS3 s3 = EmbeddedS3.start(Files.createDirectories(out.resolve("s3")))) {
      say("1/5  an S3 server of its own listens at " + s3.endpoint());
      s3.credentials().useHere();
      Settings settings = settings(s3);
      render();
      upload(s3, settings);
      Optional<RunOutcome> stopped = pretrain(settings);
      if (stopped.isPresent()) {
        return stopped.get().exitCode().number();
      }
      boolean better = probe(s3, settings);
      report();
      summary(began);
      return (better ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
    }
  }

  private void say(String line) {
    print.println(line);
    print.flush();
  }

  private Settings settings(EmbeddedS3 s3) throws IOException {
    Path configuration = out.resolve(CONFIGURATION);
    try (InputStream in = QuickstartCommand.class.getResourceAsStream("/conf/" + CONFIGURATION)) {
      Files.write(configuration, in.readAllBytes());
    }
    List<String> all =
        Stream.concat(
                Stream.of(
                    "data.uri=" + s3.uri(BUCKET, "train"),
                    "data.s3.endpoint=\"" + s3.endpoint() + "\""),
                sets.stream())
            .toList();
    return Settings.load(Optional.of(configuration), all);
  }

  private void render() throws IOException {
    say("2/5  rendering " + images + " + " + images / 4 + " scenes of 1-10 solids");
    SceneSettings scenes = SceneSettings.defaults();
    SceneDataset.write(
        NewFiles.in(out.resolve("scenes/train")), 0, 0, images, scenes, this::rendered);
    SceneDataset.write(
        NewFiles.in(out.resolve("scenes/test")), 0, FIRST_TEST, images / 4, scenes, this::rendered);
  }

  private void rendered(int count) {
    if (count % 1000 == 0) {
      say("     " + count + " scenes");
    }
  }

  private void upload(EmbeddedS3 s3, Settings settings) throws IOException {
    s3.createBucket(BUCKET);
    ActorSystem<Object> system = Services.start(UPLOADS);
    try (Stream<Path> paths = Files.walk(out.resolve("scenes"))) {
      Store store = Store.open(s3.uri(BUCKET, "").toString(), Models.s3(settings), RETRY, system);
      List<Path> files = paths.filter(Files::isRegularFile).sorted().toList();
      Path root = out.resolve("scenes");
      Source.from(files)
          .mapAsync(
              UPLOADS,
              file -> store.writeFile(root.relativize(file).toString().replace('\\', '/'), file))
          .runWith(Sink.ignore(), system)
          .toCompletableFuture()
          .join();
      say("3/5  " + files.size() + " files put into " + s3.uri(BUCKET, ""));
    } finally {
      Services.stop(system);
    }
  }

  /** Pretrains in two halves; an outcome if the user stopped it, or it failed. */
  private Optional<RunOutcome> pretrain(Settings settings) throws Exception {
    long total = settings.optimization().totalSteps(1);
    say("4/5  pretraining " + total + " steps from " + settings.data().addresses());
    RunOutcome half = half(settings, total / 2);
    if (half.exitCode() != ExitCode.INTERRUPTED || half.step() < total / 2) {
      say(half.text());
      return half.exitCode() == ExitCode.DONE ? Optional.empty() : Optional.of(half);
    }
    say("     stopped on purpose after step " + half.step() + "; the same command goes on:");
    RunOutcome whole = half(settings, Long.MAX_VALUE);
    say("     " + whole.text());
    return whole.exitCode() == ExitCode.DONE ? Optional.empty() : Optional.of(whole);
  }

  private RunOutcome half(Settings settings, long stopAt) throws Exception {
    AtomicReference<PretrainRun> running = new AtomicReference<>();
    AtomicReference<RunOutcome> outcome = new AtomicReference<>();
    RunLines lines =
        new RunLines(print, settings.logging().everySteps()) {
          @Override
          public synchronized void committed(StepMetrics metrics) {
            super.committed(metrics);
            // The step after this one is already under way and is finished as well.
            if (metrics.step() + 2 == stopAt) {
              running.get().requestStop();
            }
          }
        };
    try (PretrainRun run = new PretrainRun(settings, out.resolve("run"), lines, StepProbe.NONE)) {
      running.set(run);
      Interruption.guard(
          run::requestStop,
          () -> {
            outcome.set(run.run());
            lines.close();
            return outcome.get().exitCode().number();
          });
    }
    return outcome.get();
  }

  /** What probes read off the features before and after; true if training made them better. */
  private boolean probe(EmbeddedS3 s3, Settings settings) throws IOException {
    say("5/5  what can be read off the frozen target encoder (probes on " + images + " scenes)");
    String checkpoints = out.resolve("run/checkpoints").toString();
    try (FrozenEncoder frozen =
        new FrozenEncoder(checkpoints, Models.s3(settings), Precision.AUTO, WorkLines.of(spec))) {
      Part train = part(frozen, s3, "train");
      Part test = part(frozen, s3, "test");
      ProbeResult trained = count(train, test);
      NeighbourResult nearest = neighbours(train, test);
      ProbeResult bucket = buckets(train, test);
      RidgeResult near = distance(train, test);
      String scenes = s3.uri(BUCKET, "test").toString();
      Verdict verdict = Verdict.of(frozen.collapse(scenes, LOOKED_AT, 0, Encoder.TARGET));
      frozen.untrained();
      train = part(frozen, s3, "train");
      test = part(frozen, s3, "test");
      ProbeResult untrained = count(train, test);
      NeighbourResult nearestUntrained = neighbours(train, test);
      ProbeResult bucketUntrained = buckets(train, test);
      RidgeResult nearUntrained = distance(train, test);
      say("");
      say("     number of objects (10 classes), accuracy with 95 % interval");
      say("       trained    " + percent(trained.classification()));
      say("       untrained  " + percent(untrained.classification()));
      say("     the same by 20 nearest neighbours, without a linear layer");
      say("       trained    " + percent(nearest.classification()));
      say("       untrained  " + percent(nearestUntrained.classification()));
      say(
          "     distance of the nearest object: its bucket, accuracy with 95 % interval; R2 of a regression");
      say("       trained    " + percent(bucket.classification()) + r2(near));
      say("       untrained  " + percent(bucketUntrained.classification()) + r2(nearUntrained));
      say("     collapse: " + verdict.line());
      boolean better = trained.interval().low() > untrained.interval().high();
      say(
          better
              ? "     The trained encoder is better beyond both intervals."
              : "     The intervals overlap: this run does not show that training helped.");
      return better;
    }
  }

  /** Draws what patches have in common, and writes the report. */
  private void report() throws IOException {
    Path run = out.resolve("run");
    ReportCommand.pictures(run, spec);
    say("     curves, masks and pictures of features: " + RunReport.write(run));
  }

  private static String percent(Classification result) {
    return String.format(
        Locale.ROOT,
        "%.1f %%  [%.1f, %.1f]",
        100 * result.accuracy(),
        100 * result.interval().low(),
        100 * result.interval().high());
  }

  private static String r2(RidgeResult regression) {
    return String.format(Locale.ROOT, "  R2 %.3f", regression.r2());
  }

  private static ProbeResult count(Part train, Part test) {
    List<String> classes = Labels.classes(train.labels(COUNT), test.labels(COUNT));
    return linear(train, train.numbers(COUNT, classes), test, test.numbers(COUNT, classes));
  }

  private static ProbeResult buckets(Part train, Part test) {
    return linear(train, buckets(train), test, buckets(test));
  }

  private static int[] buckets(Part part) {
    return Arrays.stream(part.values(NEAREST)).mapToInt(DepthBuckets::of).toArray();
  }

  private static ProbeResult linear(Part train, int[] known, Part test, int[] asked) {
    LinearProbe.Options defaults = LinearProbe.Options.defaults();
    LinearProbe.Options options =
        new LinearProbe.Options(
            STRENGTHS,
            defaults.validationShare(),
            defaults.maxIterations(),
            defaults.tolerance(),
            defaults.threads());
    return LinearProbe.fit(train.features(), known, test.features(), asked, 0, options);
  }

  private static NeighbourResult neighbours(Part train, Part test) {
    List<String> classes = Labels.classes(train.labels(COUNT), test.labels(COUNT));
    return NearestNeighbours.fit(
        train.features(),
        train.numbers(COUNT, classes),
        test.features(),
        test.numbers(COUNT, classes),
        NearestNeighbours.Options.defaults());
  }

  private static RidgeResult distance(Part train, Part test) {
    return RidgeRegression.fit(
        train.features(), train.values(NEAREST), test.features(), test.values(NEAREST), 0);
  }

  /** Features of one set with its labels, in the order of {@link #COUNT} and {@link #NEAREST}. */
  private static Part part(FrozenEncoder frozen, EmbeddedS3 s3, String set) {
    LabelledImages images =
        frozen.images(
            s3.uri(BUCKET, set).toString(),
            Optional.empty(),
            List.of(Optional.of("count"), Optional.of("nearest")));
    return new Part(images, frozen.features(images, new Wanted(Encoder.TARGET, 1, Values.AVERAGE)));
  }

  private void summary(long began) throws IOException {
    List<StepMetrics> metrics = MetricsLog.read(out.resolve("run/metrics.jsonl"));
    double rate = StepMetrics.medianRate(metrics);
    long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
    say("");
    say(
        String.format(
            Locale.ROOT,
            "     %.0f images/s in the median step, %d:%02d minutes in all, peak memory %.2f GiB",
            rate,
            seconds / 60,
            seconds % 60,
            ResidentMemory.peakMebibytes() / 1024.0));
    say(
        "     everything is in "
            + out
            + ": scenes/, s3/, run/ (report.html, metrics, ledger, checkpoints, pictures)");
    say("");
    say("What next:");
    say("  ./ijepa ledger verify --run " + out.resolve("run"));
    say(
        "  ./ijepa eval knn --label count --checkpoint "
            + out.resolve("run/checkpoints")
            + " --data "
            + out.resolve("scenes/train")
            + " --test "
            + out.resolve("scenes/test"));
    say("  ./ijepa pretrain --set data.uri=s3://BUCKET/PREFIX --config conf/vitb16.conf");
  }
}
