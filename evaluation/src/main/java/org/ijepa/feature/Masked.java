package org.ijepa.feature;

/**
 * What the predictor says of an image's target blocks, beside what is to be found there (N patches
 * of the image, K of the context, M blocks of T patches, D width). The arrays are not copied and
 * must not be changed.
 */
public final class Masked {
  private final int[] context;
  private final int[][] blocks;
  private final float[] target;
  private final float[] predicted;

  /**
   * Takes the parts.
   *
   * @param context K patches that the context encoder sees
   * @param blocks M x T patches that are predicted; blocks may overlap
   * @param target N x D features of the target encoder, layer-normed as in training
   * @param predicted M x T x D
   */
  Masked(int[] context, int[][] blocks, float[] target, float[] predicted) {
    this.context = context;
    this.blocks = blocks;
    this.target = target;
    this.predicted = predicted;
  }

  /** K patches that the context encoder sees. */
  public int[] context() {
    return context;
  }

  /** M x T patches that are predicted. */
  public int[][] blocks() {
    return blocks;
  }

  /** N x D features of the target encoder, layer-normed. */
  public float[] target() {
    return target;
  }

  /** Mean smooth L1 of the predictions, as in training. */
  public double loss() {
    int width = width();
    double sum = 0;
    int at = 0;
    for (int[] block : blocks) {
      for (int patch : block) {
        for (int d = 0; d < width; d++) {
          double size = Math.abs((double) predicted[at++] - target[patch * width + d]);
          sum += size < 1 ? size * size / 2 : size - 0.5;
        }
      }
    }
    return sum / at;
  }

  /** N x D with the predictions in their places, averaged where blocks overlap; else zeros. */
  public float[] inPlace() {
    int width = width();
    float[] all = new float[target.length];
    int[] times = times();
    int at = 0;
    for (int[] block : blocks) {
      for (int patch : block) {
        for (int d = 0; d < width; d++) {
          all[patch * width + d] += predicted[at++] / times[patch];
        }
      }
    }
    return all;
  }

  /** Whether a patch is in one of the blocks. */
  public boolean isPredicted(int patch) {
    return times()[patch] > 0;
  }

  private int[] times() {
    int[] times = new int[target.length / width()];
    for (int[] block : blocks) {
      for (int patch : block) {
        times[patch]++;
      }
    }
    return times;
  }

  private int width() {
    return predicted.length / (blocks.length * blocks[0].length);
  }
}
