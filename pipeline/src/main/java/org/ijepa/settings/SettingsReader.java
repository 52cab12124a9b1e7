package org.ijepa.settings;

import com.typesafe.config.ConfigValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.ijepa.augment.Augmentation;
import org.ijepa.mask.MaskRules;
import org.ijepa.order.Divisors;
import org.ijepa.order.Tail;
import org.ijepa.store.Verify;

/** Fills the records from the layers, working out what {@code auto} stands for. */
final class SettingsReader {
  private static final String AUTO = "auto";
  private static final int PUBLISHED_SHARE = 128;
  private static final int PUBLISHED_PATCH = 16;
  private static final int BEST_GROUP = 32;

  /** Warm-up over length in the published recipe: 40 of 300 epochs. */
  private static final double PUBLISHED_WARMUP = 40;

  private static final double PUBLISHED_LENGTH = 300;

  private final Layers layers;
  private final TypedValues values;
  private final int processors;
  private final long heap;

  /**
   * @param heap bytes that the Java heap has at most
   */
  SettingsReader(Layers layers, int processors, long heap) {
    this.layers = layers;
    this.values = new TypedValues(layers);
    this.processors = processors;
    this.heap = heap;
  }

  Settings read() {
    try {
      return readSections();
    } catch (ConfigurationError e) {
      throw e.from(Layers.origin(layers.get(e.key())));
    }
  }

  private Settings readSections() {
    DataSettings data = data();
    ModelSettings model = model();
    int globalBatch = values.whole("optimization.global-batch");
    Check.atLeast("optimization.global-batch", globalBatch, 1);
    OrderSettings order =
        new OrderSettings(
            values
                .wholeOr("order.streams", AUTO)
                .orElseGet(() -> Divisors.largestUpTo(globalBatch, globalBatch / PUBLISHED_SHARE)),
            values.whole("order.window"));
    Check.divides("order.streams", order.streams(), "optimization.global-batch", globalBatch);
    MaskSettings mask = mask(globalBatch / order.streams());
    int grid = Math.max(1, data.imageSize() / model.patchSize());
    int microBatch =
        values
            .wholeOr(Settings.MICRO_BATCH, AUTO)
            .orElseGet(() -> MicroBatches.auto(mask.groupSize(), model, grid, mask));
    ClusterSettings cluster = cluster();
    return new Settings(
        values.wide("seed"),
        data,
        order,
        mask,
        model,
        optimization(globalBatch, microBatch),
        checkpoint(),
        cluster,
        pipeline(),
        evaluation(globalBatch, cluster.minTrainers()),
        new LoggingSettings(
            values.whole("logging.every-steps"),
            values.whole("logging.layers-every-steps"),
            values.choice("logging.level", LoggingSettings.Level.class),
            LoggingSettings.http(values.text("logging.http"))),
        origins());
  }

  private Map<String, String> origins() {
    Map<String, String> origins = new HashMap<>();
    for (Map.Entry<String, ConfigValue> entry : layers.all().entrySet()) {
      boolean auto = AUTO.equals(entry.getValue().unwrapped());
      origins.put(
          entry.getKey(), Layers.origin(entry.getValue()) + (auto ? Settings.AUTO_ORIGIN : ""));
    }
    return origins;
  }

  private DataSettings data() {
    List<DataSettings.Source> sources = new SourceList(values).read();
    return new DataSettings(
        sources,
        values.number("data.fraction"),
        values.whole("data.image-size"),
        values.whole("data.channels"),
        tail(sources.size()),
        values.range("data.crop.scale"),
        values.range("data.crop.aspect"),
        new Augmentation(
            values.flag("data.augment.flip"),
            values.number("data.augment.color-jitter"),
            values.flag("data.augment.blur")),
        values.numbers("data.mean"),
        values.numbers("data.std"),
        cacheDir(values.text("data.cache.dir")),
        values.bytes("data.cache.limit"),
        new DataSettings.S3(
            values.text("data.s3.endpoint"),
            values.text("data.s3.region"),
            values.choice("data.s3.verify", Verify.class)));
  }

  /** Epochs of several sources never end with a global batch: nothing of them can be dropped. */
  private Tail tail(int sources) {
    Tail tail = values.choice("data.tail", Tail.class);
    if (sources < 2 || tail == Tail.CARRY) {
      return tail;
    }
    if (!Layers.origin(layers.get("data.tail")).equals(Layers.DEFAULT)) {
      throw ConfigurationError.of(
          "data.tail",
          Choice.name(tail),
          "be carry where data.uri has several sources: each goes through its own epochs");
    }
    return Tail.CARRY;
  }

  /** The user's cache folder, as the XDG base directory specification has it. */
  private static String cacheDir(String given) {
    if (!given.equals(AUTO)) {
      return given;
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    return caches == null || caches.isEmpty()
        ? System.getProperty("user.home") + "/.cache/ijepa"
        : caches + "/ijepa";
  }

  private MaskSettings mask(int share) {
    MaskSettings.Mode mode = values.choice("mask.mode", MaskSettings.Mode.class);
    MaskRules.Cut cut = values.choiceOr("mask.cut", MaskRules.Cut.class, AUTO).orElse(mode.cut());
    OptionalInt group = values.wholeOr("mask.group-size", AUTO);
    return new MaskSettings(
        mode,
        values.choiceOr("mask.draws", MaskRules.Draws.class, AUTO).orElse(mode.draws()),
        values.choiceOr("mask.places", MaskRules.Places.class, AUTO).orElse(mode.places()),
        values.choiceOr("mask.cap", MaskRules.Cap.class, AUTO).orElse(mode.cap()),
        cut,
        cut == MaskRules.Cut.PREFIX
            ? share
            : group.orElseGet(() -> Divisors.largestUpTo(share, BEST_GROUP)),
        values.whole("mask.targets"),
        values.range("mask.target-scale"),
        values.range("mask.target-aspect"),
        values.range("mask.context-scale"),
        values.whole("mask.min-keep"));
  }

  private ModelSettings model() {
    ModelSettings.Encoder encoder =
        EncoderSizes.parse("model.encoder", values.text("model.encoder"));
    int patchSize = values.whole("model.patch-size");
    Check.atLeast("model.patch-size", patchSize, 1);
    ModelSettings.Predictor predictor =
        new ModelSettings.Predictor(
            values.whole("model.predictor.width"),
            values
                .wholeOr("model.predictor.depth", AUTO)
                .orElseGet(() -> EncoderSizes.predictorDepth(encoder)),
            values.wholeOr("model.predictor.heads", AUTO).orElse(encoder.heads()),
            values.number("model.predictor.mlp-ratio"));
    return new ModelSettings(
        encoder,
        patchSize,
        values.numberOr("model.mlp-ratio", AUTO).orElseGet(() -> EncoderSizes.mlpRatio(encoder)),
        values.number("model.norm-eps"),
        predictor,
        new ModelSettings.Init(
            values.flag("model.init.depth-scaled"),
            patchEmbedding(patchSize),
            values.text("model.init.checkpoint"),
            values.text(Settings.EXTEND)));
  }

  private double patchEmbedding(int patchSize) {
    String key = "model.init.patch-embedding";
    return switch (values.word(key)) {
      case "published" -> 1;
      case "scaled" -> (double) PUBLISHED_PATCH / patchSize;
      default -> values.numberBeside(key, "published, scaled");
    };
  }

  private OptimizationSettings optimization(int globalBatch, int microBatch) {
    Extent length = length();
    return new OptimizationSettings(
        globalBatch,
        microBatch,
        length,
        warmup(length),
        values.number("optimization.ipe-scale"),
        new OptimizationSettings.LearningRate(
            values.number("optimization.start-lr"),
            values.number("optimization.lr"),
            values.number("optimization.final-lr")),
        new Range(
            values.number("optimization.weight-decay"),
            values.number("optimization.final-weight-decay")),
        values.range("optimization.ema"),
        new OptimizationSettings.Adam(
            values.number("optimization.adam.beta1"),
            values.number("optimization.adam.beta2"),
            values.number("optimization.adam.eps")),
        values.choice("optimization.precision", OptimizationSettings.Precision.class),
        values.flag("optimization.tf32"),
        values.flag("optimization.activation-checkpointing"),
        values.numberOr("optimization.clip-norm", "none").orElse(OptimizationSettings.UNCLIPPED),
        values.flag("optimization.canonical-reduction"),
        values.choice(
            "optimization.reduction-precision", OptimizationSettings.ReductionPrecision.class),
        values.whole("optimization.max-skipped-steps"));
  }

  private Extent length() {
    OptionalInt steps = values.wholeOr("optimization.steps", "none");
    if (steps.isPresent()) {
      Check.atLeast("optimization.steps", steps.getAsInt(), 1);
      return new Extent(steps.getAsInt(), Extent.Unit.STEPS);
    }
    OptionalInt epochs = values.wholeOr("optimization.epochs", "none");
    if (epochs.isEmpty()) {
      throw ConfigurationError.of(
          "optimization.epochs",
          "none",
          "be a number where optimization.steps is none, too; set one of the two");
    }
    Check.atLeast("optimization.epochs", epochs.getAsInt(), 1);
    return new Extent(epochs.getAsInt(), Extent.Unit.EPOCHS);
  }

  private Extent warmup(Extent length) {
    OptionalInt steps = values.wholeOr("optimization.warmup-steps", AUTO);
    if (steps.isPresent()) {
      return new Extent(steps.getAsInt(), Extent.Unit.STEPS);
    }
    OptionalDouble epochs = values.numberOr("optimization.warmup-epochs", AUTO);
    if (epochs.isPresent()) {
      return new Extent(epochs.getAsDouble(), Extent.Unit.EPOCHS);
    }
    double count = length.count() * PUBLISHED_WARMUP / PUBLISHED_LENGTH;
    return new Extent(
        length.unit() == Extent.Unit.STEPS ? Math.floor(count) : count, length.unit());
  }

  private CheckpointSettings checkpoint() {
    return new CheckpointSettings(
        values.text("checkpoint.uri"),
        values.whole("checkpoint.every-steps"),
        values.whole("checkpoint.keep-last"),
        values.whole("checkpoint.keep-every"),
        values.whole("checkpoint.keep-best"));
  }

  private ClusterSettings cluster() {
    int trainers = values.wholeOr("cluster.trainers", AUTO).orElse(1);
    Check.atLeast("cluster.trainers", trainers, 1);
    String nodeName = values.text("cluster.node-name");
    return new ClusterSettings(
        values.text("cluster.name"),
        nodeName.equals(AUTO) ? "" : nodeName,
        values.text("cluster.host"),
        values.whole("cluster.port"),
        values.whole("cluster.ring-port"),
        new ListenSettings(
            values.text("cluster.listen.host"),
            values.whole("cluster.listen.port"),
            values.whole("cluster.listen.ring-port")),
        values.texts("cluster.seed-nodes"),
        values.choices("cluster.roles", ClusterSettings.Role.class),
        values.choice("cluster.device", ClusterSettings.Compute.class),
        trainers,
        values.wholeOr("cluster.threads", AUTO).orElseGet(() -> Math.max(1, processors / trainers)),
        values.whole("cluster.min-trainers"),
        values.choice("cluster.on-loss", ClusterSettings.OnLoss.class),
        values.duration("cluster.rejoin-timeout"),
        values.duration("cluster.hang-timeout"),
        RegroupSettings.read(values),
        new CollectiveSettings(
            values.choice("cluster.collective", CollectiveSettings.Kind.class),
            values.text("cluster.nccl-library"),
            values.duration("cluster.collective-timeout")),
        new ClusterSecurity(
            values.text("cluster.tls.key"),
            values.text("cluster.tls.certificate"),
            values.text("cluster.tls.ca"),
            values.text("cluster.secret-file"),
            values.flag("cluster.insecure")));
  }

  private PipelineSettings pipeline() {
    return new PipelineSettings(
        values.whole("pipeline.fetch.parallelism"),
        values
            .bytesOr("pipeline.fetch.bytes", AUTO)
            .orElseGet(() -> PipelineSettings.fetchBytes(heap)),
        values.bytes("pipeline.fetch.memory"),
        values.wholeOr("pipeline.decode.parallelism", AUTO).orElse(processors),
        values.whole("pipeline.prefetch"),
        values.number("pipeline.bad-sample-budget"),
        new PipelineSettings.Retry(
            values.duration("pipeline.retry.min-backoff"),
            values.duration("pipeline.retry.max-backoff"),
            values.duration("pipeline.retry.give-up-after")),
        values.wide("pipeline.max-pixels"),
        values.flag("pipeline.decode.dct-scaling"),
        values.choice("pipeline.decode.codec", PipelineSettings.Codec.class),
        values.choice("pipeline.remote", PipelineSettings.Remote.class));
  }

  private EvaluationSettings evaluation(int globalBatch, int minTrainers) {
    int every = values.whole("evaluation.collapse.every-steps");
    return new EvaluationSettings(
        new EvaluationSettings.Collapse(
            every,
            values
                .wholeOr("evaluation.collapse.images", AUTO)
                .orElseGet(() -> EvaluationSettings.images(every, globalBatch, minTrainers))),
        values.choice("evaluation.on-collapse", EvaluationSettings.OnCollapse.class),
        new EvaluationSettings.Online(
            values.text("evaluation.data"),
            values.text("evaluation.label"),
            values.choice("evaluation.probe", EvaluationSettings.Online.Probe.class),
            values.whole("evaluation.every-steps"),
            values.whole("evaluation.images")));
  }
}
