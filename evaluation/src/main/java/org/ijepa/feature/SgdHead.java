package org.ijepa.feature;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * A linear layer under SGD with momentum on the mean cross-entropy (B images, F features, C
 * classes), with or without a batch norm before it that learns no scale of its own. It begins with
 * zeros.
 */
final class SgdHead implements AutoCloseable {
  private static final double MOMENTUM = 0.9;
  private static final double EPSILON = 1e-5;

  /** Weight of the newest batch in the averages that a batch norm uses afterwards. */
  private static final double NEWEST = 0.1;

  private final NDManager manager;
  private final boolean batchNorm;
  private final double weightDecay;
  private final NDArray weights;
  private final NDArray bias;
  private final NDArray weightsVelocity;
  private final NDArray biasVelocity;
  private final NDArray mean;
  private final NDArray variance;

  SgdHead(NDManager parent, int features, int classes, boolean batchNorm, double weightDecay) {
    this.batchNorm = batchNorm;
    this.weightDecay = weightDecay;
    manager = parent.newSubManager();
    weights = manager.zeros(new Shape(features, classes));
    bias = manager.zeros(new Shape(classes));
    weightsVelocity = manager.zeros(new Shape(features, classes));
    biasVelocity = manager.zeros(new Shape(classes));
    mean = manager.zeros(new Shape(1, features));
    variance = manager.ones(new Shape(1, features));
  }

  /**
   * One step.
   *
   * @param rows [B, F], owned by a scope
   * @param truth [B, C], one-hot
   */
  void learn(NDArray rows, NDArray truth, double rate) {
    NDArray x = rows;
    if (batchNorm) {
      NDArray centre = rows.mean(new int[] {0}, true);
      NDArray away = rows.sub(centre);
      NDArray spread = away.square().mean(new int[] {0}, true);
      x = away.div(spread.add(EPSILON).sqrt());
      follow(mean, centre);
      follow(variance, spread);
    }
    NDArray error = linear(x).softmax(1).sub(truth).div(rows.getShape().get(0));
    move(weights, weightsVelocity, x.transpose().matMul(error).add(weights.mul(weightDecay)), rate);
    move(bias, biasVelocity, error.sum(new int[] {0}), rate);
  }

  private static void follow(NDArray average, NDArray newest) {
    average.muli(1 - NEWEST).addi(newest.mul(NEWEST));
  }

  private static void move(NDArray weights, NDArray velocity, NDArray gradient, double rate) {
    velocity.muli(MOMENTUM).addi(gradient);
    weights.subi(velocity.mul(rate));
  }

  private NDArray linear(NDArray x) {
    return x.matMul(weights).add(bias);
  }

  /** Logits [B, C] of rows [B, F]. */
  NDArray logits(NDArray rows) {
    return linear(batchNorm ? rows.sub(mean).div(variance.add(EPSILON).sqrt()) : rows);
  }

  @Override
  public void close() {
    manager.close();
  }
}
