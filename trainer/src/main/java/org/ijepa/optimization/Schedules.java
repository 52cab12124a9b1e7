package org.ijepa.optimization;

/**
 * The published schedules: learning rate with linear warm-up and cosine, weight decay with cosine,
 * EMA momentum linear. Steps count from 0; the first step already has the values after one step of
 * the schedules of learning rate and weight decay. Past the end the last values stay.
 *
 * @param warmupSteps steps of linear warm-up
 * @param length scaled number of steps, which may have a fraction: the cosines run over its floor,
 *     the EMA's slope divides by it as it is
 * @param startLearningRate where the warm-up begins
 * @param learningRate where the warm-up ends
 * @param finalLearningRate where the cosine ends
 * @param weightDecay where the cosine of weight decay begins
 * @param finalWeightDecay where it ends
 * @param emaFrom momentum of the first step
 * @param emaTo momentum at the end
 */
public record Schedules(
    long warmupSteps,
    double length,
    double startLearningRate,
    double learningRate,
    double finalLearningRate,
    double weightDecay,
    double finalWeightDecay,
    double emaFrom,
    double emaTo) {

  public Schedules {
    if (warmupSteps < 0 || !(length >= 1)) {
      throw new IllegalArgumentException(
          "warm-up of " + warmupSteps + " steps in a schedule of " + length);
    }
  }

  /** Steps until the schedules end. */
  public long steps() {
    return (long) Math.floor(length);
  }

  /** Learning rate of the update of step {@code step}. */
  public double learningRate(long step) {
    double at = step + 1.0;
    if (at < warmupSteps) {
      return startLearningRate + at / warmupSteps * (learningRate - startLearningRate);
    }
    double progress = (at - warmupSteps) / Math.max(1, steps() - warmupSteps);
    return cosine(learningRate, finalLearningRate, progress);
  }

  /** Weight decay of the update of step {@code step}. */
  public double weightDecay(long step) {
    return cosine(weightDecay, finalWeightDecay, (step + 1.0) / steps());
  }

  /** EMA momentum after the update of step {@code step}. */
  public double emaMomentum(long step) {
    return emaFrom + Math.min(step, steps()) * (emaTo - emaFrom) / length;
  }

  private static double cosine(double from, double to, double progress) {
    double share = 0.5 * (1 + StrictMath.cos(Math.PI * Math.min(1, progress)));
    return to + (from - to) * share;
  }
}
