package org.ijepa.replica;

/**
 * What the coordinator decides for the update of one step.
 *
 * @param learningRate of AdamW
 * @param weightDecay of AdamW, on matrices and the mask token
 * @param emaMomentum m in: target = m x target + (1 - m) x encoder
 */
public record Recipe(double learningRate, double weightDecay, double emaMomentum) {}
