package org.ijepa.trainer;

/**
 * The coordinator's values for the update of a step.
 *
 * @param gradientScale what the gradient is multiplied by first: below 1 where it is clipped
 * @param skipped whether loss or gradient was not finite: no update is made
 */
public record StepPlan(
    long step,
    double learningRate,
    double weightDecay,
    double emaMomentum,
    double gradientScale,
    boolean skipped) {}
