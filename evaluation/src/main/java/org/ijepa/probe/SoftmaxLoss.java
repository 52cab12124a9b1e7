package org.ijepa.probe;

import java.util.Arrays;

/**
 * Mean cross-entropy of a linear softmax classifier plus strength / 2 times the squared weights;
 * biases are free. N samples, D features, C classes; a point holds, class after class, D weights
 * and the bias. Not for several callers at a time.
 */
final class SoftmaxLoss implements Lbfgs.Objective {
  private static final int ROW_BLOCK = 256;

  private final Design design;
  private final int[] classes;
  private final int classCount;
  private final double strength;
  private final Workers workers;
  private final double curvature;
  private final Cholesky hessian;
  private final double[][] weights;
  private final double[] bias;
  private final double[][] residual;
  private final double[][] slopes;
  private final double[] losses;

  /**
   * Prepares the loss of standardised samples.
   *
   * @param classes class of each sample, 0 to C - 1
   * @param covariance mean outer product of the samples, D by D
   */
  SoftmaxLoss(
      Design design,
      int[] classes,
      int classCount,
      double strength,
      double[][] covariance,
      Workers workers) {
    this.design = design;
    this.classes = classes;
    this.classCount = classCount;
    this.strength = strength;
    this.workers = workers;
    // Where nothing is learnt yet, each class has probability 1 / C: p (1 - p) there.
    this.curvature = (classCount - 1.0) / ((double) classCount * classCount);
    this.hessian = Cholesky.of(covariance, curvature, strength);
    this.weights = new double[classCount][design.width()];
    this.bias = new double[classCount];
    this.residual = new double[classCount][design.samples()];
    this.slopes = new double[classCount][design.width()];
    this.losses = new double[design.samples()];
  }

  /** Length of a point: C (D + 1). */
  int size() {
    return classCount * (design.width() + 1);
  }

  @Override
  public double at(double[] point, double[] gradient) {
    int width = design.width();
    unpack(point, weights, bias);
    design.times(weights, bias, residual, workers);
    int samples = design.samples();
    workers.forEach((samples + ROW_BLOCK - 1) / ROW_BLOCK, this::softmax);
    design.transposedTimes(residual, slopes, workers);
    double loss = 0;
    for (double part : losses) {
      loss += part;
    }
    double squares = 0;
    for (int c = 0; c < classCount; c++) {
      int at = c * (width + 1);
      for (int d = 0; d < width; d++) {
        double weight = weights[c][d];
        squares += weight * weight;
        gradient[at + d] = slopes[c][d] / samples + strength * weight;
      }
      double sum = 0;
      for (double part : residual[c]) {
        sum += part;
      }
      gradient[at + width] = sum / samples;
    }
    return loss / samples + strength / 2 * squares;
  }

  /** Turns the block's logits into probability minus truth, and notes each sample's loss. */
  private void softmax(int block) {
    int end = Math.min((block + 1) * ROW_BLOCK, losses.length);
    for (int n = block * ROW_BLOCK; n < end; n++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (double[] line : residual) {
        largest = Math.max(largest, line[n]);
      }
      double truth = residual[classes[n]][n];
      double sum = 0;
      for (double[] line : residual) {
        line[n] = StrictMath.exp(line[n] - largest);
        sum += line[n];
      }
      for (double[] line : residual) {
        line[n] /= sum;
      }
      residual[classes[n]][n] -= 1;
      losses[n] = StrictMath.log(sum) + largest - truth;
    }
  }

  /**
   * Solves with the Hessian of the start, one class apart from the other. Features of an encoder
   * are strongly correlated: on such ones this takes a tenth of the iterations that plain L-BFGS
   * needs.
   */
  @Override
  public void precondition(double[] vector) {
    int width = design.width();
    workers.forEach(
        classCount,
        c -> {
          int at = c * (width + 1);
          double[] part = Arrays.copyOfRange(vector, at, at + width);
          hessian.solve(part);
          System.arraycopy(part, 0, vector, at, width);
          vector[at + width] /= curvature;
        });
  }

  /** Splits a point into weights (C by D) and biases (C). */
  static void unpack(double[] point, double[][] weights, double[] bias) {
    int width = weights[0].length;
    for (int c = 0; c < weights.length; c++) {
      System.arraycopy(point, c * (width + 1), weights[c], 0, width);
      bias[c] = point[c * (width + 1) + width];
    }
  }
}
