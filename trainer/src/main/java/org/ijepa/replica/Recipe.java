package org.ijepa.replica;

/**
 * What the coordinator decides for the update of one step.
 *
 * @param learningRate of AdamW
 * @param weightDecay of AdamW, on matrices and the mask token
 * @param emaMomentum m in: target = m x target + (1 - m) x encoder
 * @param gradientScale what the gradient is multiplied by first; 1 where it is not clipped
 */
public record Recipe(
    double learningRate, double weightDecay, double emaMomentum, double gradientScale) {}
