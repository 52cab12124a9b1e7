package org.ijepa.settings;

import java.util.Optional;
import java.util.OptionalInt;
import org.ijepa.order.SampleOrder;

/**
 * How long and how fast is learned.
 *
 * @param globalBatch G, images of a step
 * @param streams C, streams of a step
 * @param microBatch images computed at once
 * @param steps length of the run in steps, or empty where epochs are given
 * @param epochs length of the run in epochs, or empty where steps are given
 * @param warmupEpochs epochs of linear warm-up, or empty where steps are given
 * @param warmupSteps steps of linear warm-up
 */
public record OptimizationSettings(
    int globalBatch,
    int streams,
    int microBatch,
    OptionalInt steps,
    Optional<Double> epochs,
    Optional<Double> warmupEpochs,
    OptionalInt warmupSteps,
    double ipeScale,
    double startLr,
    double lr,
    double finalLr,
    double weightDecay,
    double finalWeightDecay,
    double emaFrom,
    double emaTo,
    double beta1,
    double beta2,
    double epsilon,
    Optional<Precision> precision,
    int maxSkippedSteps) {

  /** Type of matrix products. */
  public enum Precision {
    FP32,
    BF16
  }

  private static final int AUTO_MICRO_BATCH = 32;
  private static final double ANY = Double.MAX_VALUE;

  /**
   * Reads and checks.
   *
   * @param groupSize samples of a mask group, or 0 where a stream's share is the group
   */
  static OptimizationSettings read(Section optimization, Section order, int groupSize) {
    int globalBatch = optimization.integer("global-batch", 1);
    int streams =
        order.optionalInteger("streams", 1).orElse(SampleOrder.defaultStreams(globalBatch));
    divides("order.streams", streams, "optimization.global-batch", globalBatch);
    int share = globalBatch / streams;
    int group = groupSize == 0 ? share : Math.min(groupSize, share);
    divides("mask.group-size", group, "a stream's share of the global batch", share);
    int microBatch =
        optimization
            .optionalInteger("micro-batch", 1)
            .orElse(Divisors.largest(group, AUTO_MICRO_BATCH));
    divides("optimization.micro-batch", microBatch, "the mask group", group);
    OptionalInt steps = optimization.optionalInteger("steps", 1);
    Optional<Double> epochs = optimization.optionalNumber("epochs", 1e-9, ANY);
    if (steps.isPresent() == epochs.isPresent()) {
      throw new ConfigurationError(
          steps.isPresent()
              ? "both optimization.steps and optimization.epochs are set"
              : "neither optimization.steps nor optimization.epochs is set",
          "give the length of the run in one of them, and null in the other");
    }
    Optional<Double> warmupEpochs = optimization.optionalNumber("warmup-epochs", 0, ANY);
    OptionalInt warmupSteps = optimization.optionalInteger("warmup-steps", 0);
    if (warmupEpochs.isPresent() && warmupSteps.isPresent()) {
      throw new ConfigurationError(
          "both optimization.warmup-epochs and optimization.warmup-steps are set",
          "give the warm-up in one of them, and null in the other");
    }
    Section.Range ema = optimization.range("ema", 0, 1);
    return new OptimizationSettings(
        globalBatch,
        streams,
        microBatch,
        steps,
        epochs,
        warmupEpochs,
        warmupSteps,
        optimization.number("ipe-scale", 1e-9, ANY),
        optimization.number("start-lr", 0, ANY),
        optimization.number("lr", 0, ANY),
        optimization.number("final-lr", 0, ANY),
        optimization.number("weight-decay", 0, ANY),
        optimization.number("final-weight-decay", 0, ANY),
        ema.from(),
        ema.to(),
        optimization.number("adam.beta1", 0, 1),
        optimization.number("adam.beta2", 0, 1),
        optimization.number("adam.eps", 0, ANY),
        optimization.optionalChoice("precision", Precision.class),
        optimization.integer("max-skipped-steps", 0));
  }

  private static void divides(String divisor, int value, String whole, int of) {
    if (value > of || of % value != 0) {
      throw new ConfigurationError(
          divisor + " = " + value + " does not divide " + whole + " = " + of,
          "the nearest that fit are " + Divisors.nearest(of, value));
    }
  }
}
