package org.ijepa.replica;

/**
 * Euclidean norms of one layer's parameters.
 *
 * @param weights of the master weights
 * @param gradient of the gradient in the replica's buffer: all-reduced and, if it was, clipped
 */
public record LayerNorms(double weights, double gradient) {
  /** The norms of both together. */
  LayerNorms and(LayerNorms other) {
    return new LayerNorms(Math.hypot(weights, other.weights), Math.hypot(gradient, other.gradient));
  }
}
