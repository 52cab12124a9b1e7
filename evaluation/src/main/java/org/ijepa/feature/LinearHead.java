package org.ijepa.feature;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;

/**
 * A linear layer on the average of an image's tokens, under AdamW on the mean cross-entropy (B
 * images, N tokens, D width, C classes). It begins with zeros.
 */
final class LinearHead implements AutoCloseable {
  private final int classes;
  private final NDManager manager;
  private final NDArray weights;
  private final NDArray bias;
  private final Optimizer optimizer;
  private float rate;

  LinearHead(NDManager parent, int width, int classes, double weightDecay) {
    this.classes = classes;
    manager = parent.newSubManager();
    weights = manager.zeros(new Shape(width, classes));
    bias = manager.zeros(new Shape(classes));
    optimizer =
        Optimizer.adamW()
            .optLearningRateTracker((parameter, updates) -> rate)
            .optWeightDecays((float) weightDecay)
            .build();
  }

  /**
   * One step.
   *
   * @param tokens [B, N, D], owned by a scope
   * @param truth B classes
   * @param learningRate of this step
   * @return the gradient for the tokens, of their shape
   */
  NDArray learn(NDArray tokens, int[] truth, double learningRate) {
    NDManager scope = tokens.getManager();
    NDArray pooled = tokens.mean(new int[] {1});
    NDArray share = pooled.matMul(weights).add(bias).softmax(1);
    NDArray error = share.sub(scope.create(truth).oneHot(classes)).div(truth.length);
    NDArray each = error.matMul(weights.transpose()).div(tokens.getShape().get(1));
    rate = (float) learningRate;
    optimizer.update("weights", weights, pooled.transpose().matMul(error));
    optimizer.update("bias", bias, error.sum(new int[] {0}));
    return each.expandDims(1).broadcast(tokens.getShape());
  }

  /** What it is now, for averages in Java. */
  Trained trained() {
    return new Trained(weights.toFloatArray(), bias.toFloatArray());
  }

  /** A trained layer: weights D x C, and a bias of C. */
  static final class Trained {
    private final float[] weights;
    private final float[] bias;

    private Trained(float[] weights, float[] bias) {
      this.weights = weights;
      this.bias = bias;
    }

    /** The class with the largest logit; of equals the first. */
    int classify(float[] average) {
      int best = 0;
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < bias.length; c++) {
        double logit = bias[c];
        for (int d = 0; d < average.length; d++) {
          logit += (double) average[d] * weights[d * bias.length + c];
        }
        if (logit > largest) {
          largest = logit;
          best = c;
        }
      }
      return best;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
