package org.ijepa.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.ijepa.cache.DiskCache;
import org.ijepa.collapse.CollapseMonitor;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.collective.TreeSum;
import org.ijepa.coordinator.RunPlan;
import org.ijepa.crop.CropRules;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.mask.MaskLengths;
import org.ijepa.mask.MaskLimits;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskShape;
import org.ijepa.optimization.Schedules;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.SourceShare;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.DataSettings;
import org.ijepa.settings.MaskSettings;
import org.ijepa.settings.ModelSettings;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.OptimizationSettings.ReductionPrecision;
import org.ijepa.settings.Settings;
import org.ijepa.store.S3Access;
import org.ijepa.trainer.StepFactsBuffer;
import org.ijepa.trainer.TrainerParts.Reduction;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;
import org.ijepa.vit.Layout;
import org.ijepa.vit.StepMemory;

/** How settings become what the lower modules are made with. */
public final class Models {
  private static final double INIT_DEVIATION = 0.02;
  private static final double TARGET_NORM_EPS = 1e-5;
  private static final float WHITE = 255;

  private Models() {}

  /**
   * The settings of a checkpoint's run, as far as they have a meaning for its model.
   *
   * @param meaning as a checkpoint's state tells it
   */
  public static Settings stored(String meaning) {
    List<String> values =
        meaning
            .lines()
            .filter(line -> !line.startsWith("decoder") && !line.startsWith(Settings.PROPORTIONS))
            .map(line -> line.replaceFirst(" = ", "="))
            .filter(line -> !line.endsWith("=none") && !line.endsWith("=auto"))
            .toList();
    return Settings.load(Optional.empty(), values);
  }

  /** Sizes of the networks. */
  public static Geometry geometry(Settings settings) {
    ModelSettings model = settings.model();
    return new Geometry(
        settings.data().imageSize(),
        model.patchSize(),
        settings.data().channels(),
        model.encoder().width(),
        model.encoder().depth(),
        model.encoder().heads(),
        model.hidden(),
        model.predictor().width(),
        model.predictor().depth(),
        model.predictor().heads(),
        model.predictor().hidden(),
        model.normEps(),
        TARGET_NORM_EPS);
  }

  /** How a replica of the run computes. */
  static Replica.Options replica(Settings settings) {
    int globalBatch = settings.optimization().globalBatch();
    OptimizationSettings.Adam adam = settings.optimization().adam();
    return new Replica.Options(
        settings.optimization().precision() == Precision.BF16,
        settings.optimization().activationCheckpointing(),
        pixels(settings.data().mean()),
        pixels(settings.data().std()),
        new Betas(adam.beta1(), adam.beta2(), adam.eps()),
        StepFactsBuffer.size(globalBatch, globalBatch / settings.optimization().microBatch()));
  }

  /**
   * How a replica computes that is only evaluated.
   *
   * @param mixed whether its matrix products are of bf16
   */
  public static Replica.Options evaluation(Settings settings, boolean mixed) {
    return new Replica.Options(
        mixed,
        false,
        pixels(settings.data().mean()),
        pixels(settings.data().std()),
        Betas.PUBLISHED,
        1);
  }

  private static List<Float> pixels(List<Double> unit) {
    return unit.stream().map(value -> (float) (value * WHITE)).toList();
  }

  /** Mean and greatest lengths of contexts and targets over some steps. */
  public static MaskLengths maskLengths(Settings settings) {
    return MaskLengths.sampled(maskRules(settings), settings.seed(), settings.share());
  }

  /**
   * Bytes of a replica and its step with the longest masks of some steps, on its device.
   *
   * @param checkpointing makes activations once more in the backward pass
   */
  public static StepMemory memory(Settings settings, MaskLengths masks, boolean checkpointing) {
    return memory(
        settings, new MaskShape(masks.longestContext(), masks.longestTarget()), checkpointing);
  }

  private static StepMemory memory(Settings settings, MaskShape masks, boolean checkpointing) {
    boolean mixed = settings.optimization().precision() != Precision.FP32;
    return StepMemory.of(
        geometry(settings),
        new StepMemory.Mode(mixed, checkpointing),
        masks.context(),
        settings.mask().targets(),
        masks.target());
  }

  /** Bytes of a replica and its step with masks of that shape. */
  static StepMemory memory(Settings settings, MaskShape masks) {
    return memory(settings, masks, settings.optimization().activationCheckpointing());
  }

  /** Of the shapes that the run's masks may have, the one whose step takes most memory. */
  static MaskShape largestMasks(Settings settings) {
    return MaskLimits.of(maskRules(settings), settings.share()).stream()
        .max(Comparator.comparingDouble(shape -> memory(settings, shape).image()))
        .orElseThrow();
  }

  /** Bytes of the copy, in host memory, that a checkpoint is written from. */
  public static double copyBytes(Settings settings) {
    Layout layout = Layout.of(geometry(settings));
    return Float.BYTES * (3.0 * layout.size() + layout.targetSize());
  }

  /** Bytes that a trainer needs on its device: its replica and its step. */
  static double stepBytes(Settings settings) {
    OptimizationSettings optimization = settings.optimization();
    return memory(settings, maskLengths(settings), optimization.activationCheckpointing())
            .total(optimization.microBatch())
        + canonicalBytes(settings);
  }

  /** Bytes of the gradients that {@code optimization.canonical-reduction} keeps; 0 without it. */
  public static double canonicalBytes(Settings settings) {
    OptimizationSettings optimization = settings.optimization();
    if (!optimization.canonicalReduction()) {
      return 0;
    }
    int terms = optimization.globalBatch() / optimization.microBatch();
    return (double) TreeSum.mostTensors(terms) * Float.BYTES * Layout.of(geometry(settings)).size();
  }

  /** How the run's gradients are added up. */
  static Reduction reduction(Settings settings) {
    OptimizationSettings optimization = settings.optimization();
    if (optimization.canonicalReduction()) {
      return Reduction.CANONICAL;
    }
    return optimization.reductionPrecision() == ReductionPrecision.BF16
        ? Reduction.ROUNDED
        : Reduction.EXACT;
  }

  /** Start values of the run. */
  public static Initialisation initialisation(Settings settings) {
    ModelSettings.Init init = settings.model().init();
    return new Initialisation(INIT_DEVIATION, init.depthScaled(), init.patchEmbedding());
  }

  static SampleOrder order(Settings settings, List<SourceShare> sources) {
    try {
      return new SampleOrder(
          settings.seed(),
          sources,
          settings.optimization().globalBatch(),
          settings.order().streams(),
          settings.data().tail());
    } catch (IllegalArgumentException e) {
      throw new Failure(ExitCode.WRONG_USAGE, e.getMessage(), "or give more images in data.uri", e);
    }
  }

  /** The folder for what may be worked out again, if there is to be one. */
  public static Optional<Path> indexCache(Settings settings) {
    String folder = settings.data().cacheDir();
    return folder.isEmpty() ? Optional.empty() : Optional.of(Path.of(folder, "index"));
  }

  /**
   * Where samples that were read are kept, if they are.
   *
   * @throws Failure if the folder cannot be written
   */
  static Optional<DiskCache> sampleCache(Settings settings) {
    DataSettings data = settings.data();
    if (data.cacheLimit() == 0) {
      return Optional.empty();
    }
    Path folder = Path.of(data.cacheDir(), "samples");
    try {
      return Optional.of(DiskCache.open(folder, data.cacheLimit(), Clock.systemUTC()));
    } catch (IOException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "images cannot be kept in " + folder + ": " + e,
          "give another data.cache.dir, or set data.cache.limit = 0",
          e);
    }
  }

  /** How a run's crops are chosen. */
  public static CropRules cropRules(Settings settings) {
    DataSettings data = settings.data();
    return new CropRules(
        data.cropScale().from(),
        data.cropScale().to(),
        data.cropAspect().from(),
        data.cropAspect().to());
  }

  /** Where the checkpoints of the run in a folder are: there, or where its settings say. */
  public static String checkpoints(Settings settings, Path run) {
    String uri = settings.checkpoint().uri();
    return uri.isEmpty() ? RunFolder.checkpoints(run).toString() : uri;
  }

  /** Where S3 is. */
  public static S3Access s3(Settings settings) {
    DataSettings.S3 s3 = settings.data().s3();
    return new S3Access(
        s3.endpoint().isEmpty() ? Optional.empty() : Optional.of(URI.create(s3.endpoint())),
        s3.region().isEmpty() ? Optional.empty() : Optional.of(s3.region()),
        false,
        s3.verify());
  }

  /** How masks are drawn. */
  public static MaskRules maskRules(Settings settings) {
    MaskSettings mask = settings.mask();
    return new MaskRules(
        settings.grid(),
        mask.targets(),
        mask.targetScale().from(),
        mask.targetScale().to(),
        mask.targetAspect().from(),
        mask.targetAspect().to(),
        mask.contextScale().from(),
        mask.contextScale().to(),
        mask.minKeep(),
        mask.draws(),
        mask.places(),
        mask.cap(),
        mask.cut(),
        mask.groupSize());
  }

  /** What measures a batch for signs of collapse. */
  public static CollapseMonitor collapseMonitor(Settings settings, HeldOutImages images) {
    return new CollapseMonitor(
        images, maskRules(settings), settings.seed(), settings.optimization().microBatch());
  }

  static RunPlan plan(Settings settings, long stepsPerEpoch) {
    OptimizationSettings optimization = settings.optimization();
    long total = optimization.totalSteps(stepsPerEpoch);
    Schedules schedules =
        new Schedules(
            optimization.warmupSteps(stepsPerEpoch),
            optimization.ipeScale() * total,
            optimization.learningRate().start(),
            optimization.learningRate().peak(),
            optimization.learningRate().end(),
            optimization.weightDecay().from(),
            optimization.weightDecay().to(),
            optimization.ema().from(),
            optimization.ema().to());
    return new RunPlan(
        schedules, total, settings.checkpoint().everySteps(), optimization.clipNorm());
  }
}
