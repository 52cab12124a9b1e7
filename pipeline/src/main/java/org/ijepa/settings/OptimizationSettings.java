package org.ijepa.settings;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The recipe of a run.
 *
 * @param globalBatch samples a step, over all trainers
 * @param microBatch samples computed at a time; divides the mask group
 * @param length of the run
 * @param warmup of the learning rate
 * @param ipeScale stretches the schedules past the run's end
 * @param learningRate start, peak and end
 * @param weightDecay start and end
 * @param ema momentum of the target encoder, start and end
 * @param adam constants of AdamW
 * @param precision of the matrix products
 * @param tf32 whether GPUs may round the inputs of float32 matrix products to TF32
 * @param activationCheckpointing whether activations are made once more in the backward pass
 *     instead of kept; changes no bit
 * @param clipNorm norm that a step's gradient is scaled down to where it is larger; infinite for
 *     none
 * @param canonicalReduction whether gradients are added up in an order that the number of members
 *     does not change
 * @param reductionPrecision of gradients on their way between trainers
 * @param maxSkippedSteps non-finite steps in a row after which the run stops
 */
public record OptimizationSettings(
    int globalBatch,
    int microBatch,
    Extent length,
    Extent warmup,
    double ipeScale,
    LearningRate learningRate,
    Range weightDecay,
    Range ema,
    Adam adam,
    Precision precision,
    boolean tf32,
    boolean activationCheckpointing,
    double clipNorm,
    boolean canonicalReduction,
    ReductionPrecision reductionPrecision,
    int maxSkippedSteps) {

  /** The clip norm of runs that do not clip: no norm is larger. */
  static final double UNCLIPPED = Double.POSITIVE_INFINITY;

  /** Learning rate at the beginning of the warm-up, at its end, and at the end of the schedule. */
  public record LearningRate(double start, double peak, double end) {
    public LearningRate {
      Check.notNegative("optimization.start-lr", start);
      Check.positive("optimization.lr", peak);
      Check.notNegative("optimization.final-lr", end);
    }
  }

  /** AdamW's constants. */
  public record Adam(double beta1, double beta2, double eps) {
    public Adam {
      belowOne("optimization.adam.beta1", beta1);
      belowOne("optimization.adam.beta2", beta2);
      Check.positive("optimization.adam.eps", eps);
    }

    private static void belowOne(String key, double value) {
      if (!(value >= 0 && value < 1)) {
        throw ConfigurationError.of(key, value, "be at least 0 and below 1");
      }
    }
  }

  /** Number format of the matrix products. */
  public enum Precision {
    /** bf16 where the device computes it natively, else fp32; replaced at the first start. */
    AUTO,
    FP32,
    BF16
  }

  /** Number format in which gradients are summed over trainers. */
  public enum ReductionPrecision {
    FP32,
    BF16
  }

  public OptimizationSettings {
    Check.atLeast("optimization.global-batch", globalBatch, 1);
    Check.atLeast("optimization.micro-batch", microBatch, 1);
    Check.positive("optimization.ipe-scale", ipeScale);
    Check.notNegative("optimization.weight-decay", weightDecay.from());
    Check.notNegative("optimization.final-weight-decay", weightDecay.to());
    Check.share("optimization.ema", ema.from());
    Check.share("optimization.ema", ema.to());
    if (clipNorm != UNCLIPPED) {
      Check.positive("optimization.clip-norm", clipNorm);
    }
    if (canonicalReduction && reductionPrecision == ReductionPrecision.BF16) {
      throw ConfigurationError.of(
          "optimization.reduction-precision",
          "bf16",
          "be fp32 with optimization.canonical-reduction = true, whose sums travel exactly");
    }
    Check.atLeast("optimization.max-skipped-steps", maxSkippedSteps, 1);
    if (!(length.count() >= 1)) {
      throw ConfigurationError.of(
          "optimization." + Choice.name(length.unit()), length.count(), "be at least 1");
    }
    String warmupKey = "optimization.warmup-" + Choice.name(warmup.unit());
    Check.notNegative(warmupKey, warmup.count());
    if (warmup.unit() == length.unit() && warmup.count() > length.count() * ipeScale) {
      throw ConfigurationError.of(
          warmupKey, warmup.count(), "not be longer than the run's " + length);
    }
  }

  /** The key that the run's length is given by. */
  public String lengthKey() {
    return "optimization." + Choice.name(length.unit());
  }

  /** Steps of the run; a step consumes one global batch. */
  public long totalSteps(long stepsPerEpoch) {
    return length.steps(stepsPerEpoch);
  }

  /**
   * Steps of the warm-up.
   *
   * @throws ConfigurationError where they are more than the schedule has, which shows only once the
   *     data's size is known
   */
  public long warmupSteps(long stepsPerEpoch) {
    long steps = warmup.steps(stepsPerEpoch);
    if (steps > Math.floor(ipeScale * length.steps(stepsPerEpoch))) {
      throw ConfigurationError.of(
          "optimization.warmup-" + Choice.name(warmup.unit()),
          warmup.count(),
          "not be longer than the run: "
              + steps
              + " steps of warm-up, "
              + totalSteps(stepsPerEpoch)
              + " in all");
    }
    return steps;
  }

  /** Time constants of the target encoder's average below which its start still weighs much. */
  private static final double FEW_TIME_CONSTANTS = 10;

  /**
   * How often the target encoder's average renews itself in a run of so many steps: the sum of 1 -
   * momentum. The published run for ViT-H/14 has 375.
   */
  public double emaTimeConstants(long steps) {
    double scheduled = Math.min(1, ipeScale);
    double mean = ema.from() + scheduled / ipeScale * (ema.to() - ema.from()) / 2;
    return steps * (scheduled * (1 - mean) + (1 - scheduled) * (1 - ema.to()));
  }

  /** What there is to say about the average in a run of so many steps, if anything. */
  public Optional<String> emaWarning(long steps) {
    double constants = emaTimeConstants(steps);
    if (constants >= FEW_TIME_CONSTANTS) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "the target encoder's average has %.1f time constants in %d steps, and %.0f or more keep"
                + " what it starts from out of the targets; train longer, or begin with a slightly"
                + " lower optimization.ema (much lower ones collapse)",
            constants,
            steps,
            FEW_TIME_CONSTANTS));
  }

  /** The least steps with enough time constants; empty where no number is enough. */
  public OptionalLong emaSteps() {
    double each = emaTimeConstants(1);
    return each > 0
        ? OptionalLong.of((long) Math.ceil(FEW_TIME_CONSTANTS / each))
        : OptionalLong.empty();
  }

  OptimizationSettings withPrecision(Precision settled) {
    return with(microBatch, settled);
  }

  OptimizationSettings withMicroBatch(int settled) {
    return with(settled, precision);
  }

  private OptimizationSettings with(int itsMicroBatch, Precision itsPrecision) {
    return new OptimizationSettings(
        globalBatch,
        itsMicroBatch,
        length,
        warmup,
        ipeScale,
        learningRate,
        weightDecay,
        ema,
        adam,
        itsPrecision,
        tf32,
        activationCheckpointing,
        clipNorm,
        canonicalReduction,
        reductionPrecision,
        maxSkippedSteps);
  }

  Map<String, Object> values() {
    return Values.of(
        "optimization.global-batch", globalBatch,
        "optimization.micro-batch", microBatch,
        "optimization.epochs", in(Extent.Unit.EPOCHS, length, "none"),
        "optimization.steps", in(Extent.Unit.STEPS, length, "none"),
        "optimization.warmup-epochs", in(Extent.Unit.EPOCHS, warmup, "auto"),
        "optimization.warmup-steps", in(Extent.Unit.STEPS, warmup, "auto"),
        "optimization.ipe-scale", ipeScale,
        "optimization.start-lr", learningRate.start(),
        "optimization.lr", learningRate.peak(),
        "optimization.final-lr", learningRate.end(),
        "optimization.weight-decay", weightDecay.from(),
        "optimization.final-weight-decay", weightDecay.to(),
        "optimization.ema", ema,
        "optimization.adam.beta1", adam.beta1(),
        "optimization.adam.beta2", adam.beta2(),
        "optimization.adam.eps", adam.eps(),
        "optimization.precision", precision,
        "optimization.tf32", tf32,
        "optimization.activation-checkpointing", activationCheckpointing,
        "optimization.clip-norm", clipNorm == UNCLIPPED ? "none" : (Object) clipNorm,
        "optimization.canonical-reduction", canonicalReduction,
        "optimization.reduction-precision", reductionPrecision,
        "optimization.max-skipped-steps", maxSkippedSteps);
  }

  private static Object in(Extent.Unit unit, Extent extent, String otherwise) {
    if (extent.unit() != unit) {
      return otherwise;
    }
    return extent.count() == Math.rint(extent.count())
        ? (Object) (long) extent.count()
        : extent.count();
  }
}
