package org.ijepa.run;

import java.util.List;

/**
 * What is known of one committed step.
 *
 * @param step from 0
 * @param epoch from 1
 * @param loss of the global batch; NaN or infinite where the step was skipped for it
 * @param learningRate that the update had
 * @param weightDecay that the update had
 * @param ema momentum of the target encoder
 * @param gradNorm Euclidean norm of the whole gradient
 * @param samples used by the run up to and with this step
 * @param imagesPerSecond in this step; NaN where it is not known, as of a step that a new
 *     coordinator learned of afterwards
 * @param inputWaitSeconds that trainers waited for their next micro-batch, the longest of all
 * @param commitWaitSeconds from the last trainer's report of the step before to the moment at which
 *     that trainer began to apply its commit; NaN where it is not known, as in a generation's first
 * @param generation of the cluster in which it was committed
 * @param worldSize trainers in that generation
 * @param skipped whether it changed no weights, for a loss or gradient that was not finite
 */
public record StepMetrics(
    long step,
    long epoch,
    double loss,
    double learningRate,
    double weightDecay,
    double ema,
    double gradNorm,
    long samples,
    double imagesPerSecond,
    double inputWaitSeconds,
    double commitWaitSeconds,
    long generation,
    int worldSize,
    boolean skipped) {

  /** Images per second in the median step of those of which it is known; NaN if of none. */
  public static double medianRate(List<StepMetrics> steps) {
    double[] rates =
        steps.stream()
            .mapToDouble(StepMetrics::imagesPerSecond)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return rates.length == 0 ? Double.NaN : rates[rates.length / 2];
  }
}
