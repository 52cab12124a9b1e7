package org.ijepa.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  @TempDir Path folder;

  private static Settings with(String... sets) {
    return Settings.load(Optional.empty(), List.of(sets));
  }

  private static String refusal(String... sets) {
    ConfigurationError error = catchThrowableOfType(ConfigurationError.class, () -> with(sets));
    assertThat(error).as("refused: %s", List.of(sets)).isNotNull();
    assertThat(error.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(error.line()).doesNotContain("\n");
    return error.line();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("experiment.conf"), text);
  }

  @Test
  void shouldHaveThePublishedRecipeAsDefaults() {
    Settings settings = with();
    assertThat(settings.optimization().globalBatch()).isEqualTo(2048);
    assertThat(settings.optimization().length()).isEqualTo(new Extent(300, Extent.Unit.EPOCHS));
    assertThat(settings.optimization().warmup()).isEqualTo(new Extent(40, Extent.Unit.EPOCHS));
    assertThat(settings.optimization().learningRate())
        .isEqualTo(new OptimizationSettings.LearningRate(2e-4, 1e-3, 1e-6));
    assertThat(settings.optimization().ema()).isEqualTo(new Range(0.996, 1));
    assertThat(settings.order().streams()).isEqualTo(16);
    assertThat(settings.share()).isEqualTo(128);
    assertThat(settings.grid()).isEqualTo(16);
    assertThat(settings.model().encoder())
        .isEqualTo(new ModelSettings.Encoder("vit-huge", 1280, 32, 16));
    assertThat(settings.model().predictor()).isEqualTo(new ModelSettings.Predictor(384, 12, 16, 4));
  }

  @Test
  void shouldShowEveryKeyOfTheReferenceFileAndNoOther() {
    assertThat(with().values().keySet())
        .containsExactlyInAnyOrderElementsOf(
            Layers.load(Optional.empty(), List.of()).all().keySet());
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void shouldLoadEveryExperimentOfConf(Path experiment) {
    Settings settings = Settings.load(Optional.of(experiment), List.of("data.uri=images"));
    assertThat(settings.differences(with())).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void shouldReadBackWhatItRenders(Path experiment) throws IOException {
    Settings settings =
        Settings.load(Optional.of(experiment), List.of("cluster.seed-nodes=[\"a:1\"]"));
    Settings again = Settings.load(Optional.of(file(settings.render())), List.of());
    assertThat(again.values()).isEqualTo(settings.values());
    assertThat(again.meaningHash()).isEqualTo(settings.meaningHash());
  }

  static List<Path> experiments() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "conf"))) {
      List<Path> experiments =
          files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
      assertThat(experiments).hasSizeGreaterThan(3);
      return experiments;
    }
  }

  @Test
  void shouldLayTheFileOverTheDefaultsAndTheCommandLineOverTheFile() throws IOException {
    Path file = file("optimization { lr = 0.5, final-lr = 0.25 }");
    Settings settings = Settings.load(Optional.of(file), List.of("optimization.lr=0.125"));
    assertThat(settings.optimization().learningRate())
        .isEqualTo(new OptimizationSettings.LearningRate(2e-4, 0.125, 0.25));
  }

  @Test
  void shouldRenderWhereEachValueCameFrom() throws IOException {
    Path file = file("\nseed = 7\n");
    List<String> lines =
        Settings.load(Optional.of(file), List.of("data.tail=carry")).render().lines().toList();
    assertThat(lines).anyMatch(line -> line.matches("seed += 7 +# .*experiment.conf:2"));
    assertThat(lines).anyMatch(line -> line.matches("data.tail += carry +# --set"));
    assertThat(lines).anyMatch(line -> line.matches("mask.targets += 4 +# default"));
    assertThat(lines).anyMatch(line -> line.matches("order.streams += 16 +# default \\(auto\\)"));
  }

  @Test
  void shouldTakeAddressesOnTheCommandLineWithoutQuotes() {
    Settings settings =
        with("data.uri=s3://bucket/a b/c=d", "data.s3.endpoint=http://127.0.0.1:9000");
    assertThat(settings.data().addresses()).isEqualTo("s3://bucket/a b/c=d");
    assertThat(settings.data().s3().endpoint()).isEqualTo("http://127.0.0.1:9000");
  }

  @Test
  void shouldSayWhatToDoWhereNoDataIsNamed() {
    assertThatThrownBy(() -> with().data().requiredSources())
        .isInstanceOf(ConfigurationError.class)
        .hasMessage("data.uri is not set");
    assertThat(with("data.uri=photos").data().addresses()).isEqualTo("photos");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimisation.lr=3     | unknown key optimisation.lr (--set); did you mean"
            + " optimization.lr?",
        "lr=3                  | did you mean optimization.lr?",
        "mask.mod=corrected    | did you mean mask.mode?",
        "mask.zzzzzzz=1        | mask has: mask.cap, mask.context-scale",
        "nothing.like.this=1   | sections are checkpoint, cluster",
        "data=photos           | data is a section, not a key",
        "data.uri.x=1          | data.uri",
      })
  void shouldNameTheNearestKnownKey(String set, String expected) {
    assertThat(refusal(set)).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data.cache.limit=much          | data.cache.limit = much (--set); it must be a size with"
            + " its unit",
        "mask.mode=refrence             | mask.mode = refrence (--set); it must be one of"
            + " reference, corrected; did you mean reference?",
        "evaluation.on-collapse=panic   | one of warn, stop",
        "evaluation.images=9            | at least 10",
        "evaluation.probe=svm           | one of knn, ridge",
        "evaluation.collapse.images=2   | at least 8",
        "evaluation.collapse.every-steps=-1 | at least 0",
        "mask.cut=x                     | one of prefix, random-subset, auto",
        "optimization.lr=-1             | a number above 0",
        "optimization.lr=fast           | a number",
        "optimization.lr=1e999          | a number",
        "optimization.global-batch=0    | at least 1",
        "optimization.global-batch=2.5  | a whole number",
        "optimization.global-batch=1e30 | a whole number",
        "optimization.ema=[0.9]         | two numbers: [from, to]",
        "optimization.ema=0.9           | a list of numbers",
        "optimization.ema=[0.9,1.1]     | between 0 and 1",
        "data.crop.scale=[0.5,0.3]      | [from, to] with 0 < from <= to <= 1",
        "data.mean=[1,2]                | 3 numbers, one for each of data.channels",
        "data.channels=0                | between 1 and 16",
        "data.channels=17               | between 1 and 16",
        "data.std=[0,1,1]               | above 0",
        "data.image-size=null           | have a value",
        "data.fraction=0                | above 0",
        "data.fraction=1.5              | at most 1",
        "data.augment.color-jitter=-1   | between 0 (none) and 2.5",
        "data.augment.color-jitter=3    | between 0 (none) and 2.5",
        "data.augment.color-jitter=on   | a number",
        "data.augment.blur=0.5          | true or false (on or off)",
        "order.window=0                 | at least 1",
        "data.uri=ftp://host/x          | s3://bucket/prefix",
        "data.uri=s3://                 | name a bucket",
        "data.s3.endpoint=minio:9000    | http://127.0.0.1:9000",
        "model.encoder=vit-smal         | did you mean vit-small?",
        "model.encoder=190/3/3          | nearest that fit: 180, 192",
        "model.predictor.width=100      | nearest that fit: 96, 112",
        "model.init.depth-scaled=maybe  | true or false",
        "model.init.patch-embedding=big | a number or published, scaled",
        "cluster.rejoin-timeout=5       | a time with its unit",
        "cluster.rejoin-timeout=0s      | above 0",
        "cluster.hang-timeout=4s        | at least 5 s",
        "cluster.regroup.delay=0s       | above 0",
        "cluster.regroup.max-delay=10ms | at least cluster.regroup.delay",
        "cluster.regroup.attempts=0     | at least 1",
        "cluster.regroup.leave-out=0s   | above 0",
        "cluster.collective=mpi         | auto, ring, nccl",
        "cluster.nccl-library=\"\"       | libnccl's name or path",
        "cluster.collective-timeout=0s  | above 0",
        "cluster.seed-nodes=[host]      | host:port",
        "cluster.roles=[]               | at least one of",
        "cluster.port=70000             | 0 - 65535",
        "cluster.ring-port=70000        | 0 - 65535",
        "cluster.listen.ring-port=-1    | 0 - 65535",
        "cluster.listen.port=2551       | stand with cluster.port",
        "cluster.listen.ring-port=2552  | stand with cluster.ring-port",
        "cluster.tls.key=node.key       | key, certificate and ca",
        "cluster.tls.ca=ca.crt          | key, certificate and ca",
        "checkpoint.keep-every=700      | nearest that fit: 500, 1000",
        "pipeline.max-pixels=1000000000 | between 1 and 500000000",
        "pipeline.fetch.parallelism=1000000000 | between 1 and 4096",
        "pipeline.decode.parallelism=1000000000 | between 1 and 4096",
        "pipeline.prefetch=1000000000   | between 1 and 4096",
        "pipeline.fetch.bytes=0         | at least 1",
        "pipeline.decode.codec=libjpeg  | one of auto, opencv, turbojpeg",
        "pipeline.retry.max-backoff=1ms | at least pipeline.retry.min-backoff",
        "logging.level=loud             | one of error, warn, info, debug, trace",
        "logging.http=host              | a port or host:port",
        "logging.http=70000             | a port or host:port",
      })
  void shouldSayWhatIsAllowed(String set, String expected) {
    String key = set.substring(0, set.indexOf('='));
    assertThat(refusal(set)).startsWith(key + " = ").contains("(--set)").contains(expected);
  }

  @Test
  void shouldRefuseATimeOutWithinWhichTheFailureDetectorFindsNobody() {
    String timeout = "cluster.collective-timeout=4999ms";
    for (String several : List.of("cluster.port=2551", "cluster.seed-nodes=[\"a:1\"]")) {
      assertThat(refusal(several, timeout))
          .startsWith("cluster.collective-timeout = 4999 ms")
          .contains("(--set)", "at least 5 s where there may be other nodes (cluster.seed-nodes,");
    }
    assertThat(with(timeout).cluster().isAlone()).isTrue();
  }

  @Test
  void shouldNameFileAndLineOfAWrongValue() throws IOException {
    Path file = file("seed = 1\nmask {\n  targets = none\n}\n");
    assertThatThrownBy(() -> Settings.load(Optional.of(file), List.of()))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageMatching("mask.targets = none \\(.*experiment.conf:3\\)");
  }

  @Test
  void shouldNameFileAndLineOfAnUnknownKey() throws IOException {
    Path file = file("seed = 1\nmask {\n  target = 3\n}\n");
    assertThatThrownBy(() -> Settings.load(Optional.of(file), List.of()))
        .hasMessageMatching("unknown key mask.target \\(.*experiment.conf:3\\)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"data.uri = s3://bucket/x", "seed = {", "seed = ${NOT_DEFINED_ANYWHERE}"})
  void shouldRefuseAFileThatIsNotHoconInOneLine(String text) throws IOException {
    Path file = file(text);
    ConfigurationError error =
        catchThrowableOfType(
            ConfigurationError.class, () -> Settings.load(Optional.of(file), List.of()));
    assertThat(error.line()).contains("experiment.conf").doesNotContain("\n");
  }

  @Test
  void shouldRefuseAMissingFile() {
    assertThatThrownBy(() -> Settings.load(Optional.of(folder.resolve("none.conf")), List.of()))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageContaining("none.conf");
  }

  @ParameterizedTest
  @ValueSource(strings = {"seed", "=3", "seed=[1", "a..b=2"})
  void shouldRefuseASetThatIsNoAssignment(String set) {
    assertThat(refusal(set)).contains(set.substring(0, 1));
  }

  @Test
  void shouldNotHearMessagesAndGradientsAtOnePort() {
    assertThat(refusal("cluster.port=2551", "cluster.ring-port=2551"))
        .contains("cluster.ring-port = 2551")
        .contains("differ from cluster.port");
    assertThat(refusal("cluster.port=1", "cluster.ring-port=2", "cluster.listen.ring-port=1"))
        .contains("another port than messages");
  }

  @Test
  void shouldNameDivisorsThatFitInEveryDivision() {
    assertThat(refusal("optimization.global-batch=100", "order.streams=16"))
        .contains("order.streams = 16")
        .endsWith("nearest that fit: 10, 20");
    assertThat(refusal("mask.group-size=48")).endsWith("nearest that fit: 32, 64");
    assertThat(refusal("optimization.micro-batch=5")).endsWith("nearest that fit: 4, 8");
    assertThat(refusal("data.image-size=225")).endsWith("nearest that fit: 224, 238");
  }

  @Test
  void shouldRefuseMasksThatAGridCannotHold() {
    assertThat(refusal("data.image-size=98"))
        .contains("mask.min-keep = 10", "7 x 7 grid", "below 6");
    assertThat(with("data.image-size=98", "mask.min-keep=5").grid()).isEqualTo(7);
  }

  @Test
  void shouldRefuseRoundedSumsThatAreToBeCanonical() {
    assertThat(
            refusal(
                "optimization.canonical-reduction=true", "optimization.reduction-precision=bf16"))
        .contains("optimization.reduction-precision = bf16")
        .contains("it must be fp32 with optimization.canonical-reduction = true");
    assertThat(refusal("optimization.reduction-precision=fp16")).contains("fp32, bf16");
  }

  @Test
  void shouldTakeStepsInPlaceOfTheFilesEpochs() throws IOException {
    Path file = file("optimization { epochs = 30, warmup-epochs = 2 }");
    OptimizationSettings settings =
        Settings.load(
                Optional.of(file), List.of("optimization.steps=50", "optimization.warmup-steps=5"))
            .optimization();
    assertThat(settings.length()).isEqualTo(new Extent(50, Extent.Unit.STEPS));
    assertThat(settings.warmup()).isEqualTo(new Extent(5, Extent.Unit.STEPS));
  }

  @Test
  void shouldRefuseStepsAndEpochsSideBySide() {
    assertThat(refusal("optimization.steps=5", "optimization.epochs=2"))
        .contains("set one of the two");
    assertThat(refusal("optimization.epochs=none")).contains("set one of the two");
  }

  @Test
  void shouldWantMeanAndDeviationOfEachChannel() {
    assertThat(refusal("data.channels=1"))
        .contains("data.mean = [0.485, 0.456, 0.406] (default)")
        .contains("it must be one number, such as [0.459], where data.channels = 1");
    assertThatThrownBy(() -> with("data.channels=1", "data.mean=[0.459]"))
        .hasMessageContaining("data.std = [0.229, 0.224, 0.225] (default)");
    DataSettings grey = with("data.channels=1", "data.mean=[0.459]", "data.std=[0.226]").data();
    assertThat(grey.channels()).isEqualTo(1);
    assertThat(refusal("data.channels=4")).contains("4 numbers, one for each of data.channels");
  }

  @Test
  void shouldCountStepsOnceTheDataIsKnown() {
    OptimizationSettings settings =
        with("optimization.epochs=3", "optimization.warmup-epochs=0.5").optimization();
    assertThat(settings.totalSteps(625)).isEqualTo(1875);
    assertThat(settings.warmupSteps(625)).isEqualTo(312);
    assertThatThrownBy(
            () ->
                with("optimization.steps=10", "optimization.warmup-epochs=1")
                    .optimization()
                    .warmupSteps(11))
        .isInstanceOf(ConfigurationError.class)
        .hasMessage("optimization.warmup-epochs = 1.0");
  }

  @Test
  void shouldWorkOutWhatAutoMeans() {
    SettingsReader reader =
        new SettingsReader(
            Layers.load(
                Optional.empty(),
                List.of(
                    "model.encoder=vit-giant",
                    "model.patch-size=16",
                    "model.init.patch-embedding=scaled",
                    "optimization.global-batch=384",
                    "mask.mode=reference",
                    "mask.cap=side",
                    "cluster.trainers=3")),
            16,
            4L << 30);
    Settings settings = reader.read();
    assertThat(settings.order().streams()).isEqualTo(3);
    assertThat(settings.mask().groupSize()).isEqualTo(128);
    assertThat(settings.mask().draws()).isEqualTo(MaskRules.Draws.ONE);
    assertThat(settings.mask().cap()).isEqualTo(MaskRules.Cap.SIDE);
    assertThat(settings.model().hidden()).isEqualTo(6144);
    assertThat(settings.model().predictor().depth()).isEqualTo(16);
    assertThat(settings.model().predictor().hidden()).isEqualTo(1536);
    assertThat(settings.model().init().patchEmbedding()).isEqualTo(1);
    assertThat(settings.cluster().threads()).isEqualTo(5);
    assertThat(settings.pipeline().decodeParallelism()).isEqualTo(16);
    assertThat(settings.pipeline().fetchBytes()).isEqualTo(512L << 20);
    assertThat(settings.pipeline().retry().giveUpAfter()).isEqualTo(Duration.ofMinutes(30));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seed=5",
        "order.streams=8",
        "order.window=100",
        "data.fraction=0.5",
        "data.augment.flip=on",
        "data.augment.color-jitter=0.5",
        "data.augment.blur=on",
        "optimization.lr=0.5",
        "optimization.reduction-precision=bf16",
        "mask.group-size=16",
        "optimization.micro-batch=1",
        "data.tail=carry",
        "pipeline.max-pixels=10"
      })
  void shouldCallAnotherMeaningADifference(String set) {
    String key = set.substring(0, set.indexOf('='));
    assertThat(with(set).differences(with())).singleElement().asString().startsWith(key + ": was ");
    assertThat(with(set).meaningHash()).isNotEqualTo(with().meaningHash());
  }

  @Test
  void shouldRefuseMicroBatchesThatNoBufferHolds() {
    String[] most = {"data.image-size=7168", "model.patch-size=512", "optimization.micro-batch=16"};
    assertThatThrownBy(() -> with(most))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageContaining("optimization.micro-batch = 16");
  }

  @Test
  void shouldReadSizesWithTheirUnits() {
    assertThat(with("data.cache.dir=x", "data.cache.limit=3 GiB").data().cacheLimit())
        .isEqualTo(3L << 30);
    assertThat(with("data.cache.limit=0").data().cacheLimit()).isZero();
    assertThatThrownBy(() -> with("data.cache.dir=\"\"", "data.cache.limit=1 MB"))
        .isInstanceOf(ConfigurationError.class)
        .hasMessageContaining("data.cache.limit = 1000000");
  }

  @Test
  void shouldKeepItsMeaningOnAnotherCluster() {
    Settings elsewhere =
        with(
            "data.uri=s3://other/place",
            "data.s3.region=eu-west-1",
            "data.s3.verify=always",
            "data.cache.dir=elsewhere",
            "data.cache.limit=3 GiB",
            "checkpoint.every-steps=7",
            "cluster.trainers=5",
            "cluster.threads=9",
            "pipeline.prefetch=9",
            "pipeline.fetch.bytes=1 GiB",
            "pipeline.decode.parallelism=3",
            "pipeline.decode.codec=opencv",
            "optimization.max-skipped-steps=2",
            "optimization.activation-checkpointing=true",
            "evaluation.on-collapse=stop",
            "evaluation.collapse.every-steps=3",
            "logging.level=debug",
            "logging.http=8080");
    assertThat(elsewhere.differences(with())).isEmpty();
    assertThat(elsewhere.meaningHash()).isEqualTo(with().meaningHash());
  }

  @Test
  void shouldSayWhereAMicroBatchComesFromThatWasFound() {
    assertThat(with("optimization.micro-batch=2").isAuto(Settings.MICRO_BATCH)).isFalse();
    Settings guessed = with("optimization.micro-batch=auto");
    assertThat(guessed.isAuto(Settings.MICRO_BATCH)).isTrue();
    Settings found = guessed.withMicroBatch(1, "auto: found");
    assertThat(found.isAuto(Settings.MICRO_BATCH)).isFalse();
    assertThat(found.render()).containsPattern("optimization.micro-batch += 1 +# auto: found");
    assertThat(found.meaning()).isEqualTo(with("optimization.micro-batch=1").meaning());
    assertThatThrownBy(() -> guessed.withMicroBatch(5, "auto: found"))
        .hasMessageContaining("optimization.micro-batch");
  }

  @Test
  void shouldGoOnWithARunFromBeforeAKeyWasThere() {
    String before =
        with()
            .meaning()
            .lines()
            .filter(
                line -> !line.matches("(order.window|data.channels|data.fraction|data.augment).*"))
            .filter(line -> !line.startsWith("optimization.reduction-precision"))
            .collect(Collectors.joining("\n"));
    assertThat(with().differences(before)).isEmpty();
    assertThat(with("data.fraction=0.5").differences(before))
        .containsExactly("data.fraction: was 1.0, is 0.5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1500 | 0.996 | 1.0   | 1.0  | 3",
        "187500 | 0.996 | 1.0 | 1.0  | 375",
        "1000 | 0.9   | 0.9   | 1.25 | 100",
        "1000 | 0.9   | 1.0   | 1.25 | 60",
        "1000 | 0.9   | 1.0   | 0.5  | 25",
        "1000 | 1.0   | 1.0   | 1.0  | 0",
      })
  void shouldCountTheTimeConstantsOfTheAverage(
      int steps, double from, double to, double scale, double expected) {
    Settings settings =
        with("optimization.ema=[" + from + ", " + to + "]", "optimization.ipe-scale=" + scale);
    assertThat(settings.optimization().emaTimeConstants(steps)).isCloseTo(expected, within(1e-6));
    assertThat(settings.optimization().emaWarning(steps).isPresent()).isEqualTo(expected < 10);
  }

  @Test
  void shouldNameTheStepsFromWhichTheAverageHasEnoughTimeConstants() {
    assertThat(with().optimization().emaSteps()).hasValue(5000);
    assertThat(with("optimization.ema=[1.0, 1.0]").optimization().emaSteps()).isEmpty();
  }

  @Test
  void shouldMeasureFewerImagesWhereLittleIsTrainedInBetween() {
    assertThat(with().evaluation().collapse().images()).isEqualTo(256);
    assertThat(with("optimization.global-batch=64").evaluation().collapse().images())
        .isEqualTo(128);
    assertThat(
            with("optimization.global-batch=64", "cluster.min-trainers=4")
                .evaluation()
                .collapse()
                .images())
        .isEqualTo(32);
    assertThat(with("evaluation.collapse.every-steps=0").evaluation().collapse().images())
        .isEqualTo(8);
    assertThat(with("evaluation.collapse.images=31").evaluation().collapse().images())
        .isEqualTo(31);
  }

  @Test
  void shouldStoreThePrecisionThatTheDeviceDecided() {
    Settings settled = with().withPrecision(OptimizationSettings.Precision.BF16, "the device");
    assertThat(settled.differences(with("optimization.precision=fp32")))
        .containsExactly("optimization.precision: was fp32, is bf16");
  }
}
