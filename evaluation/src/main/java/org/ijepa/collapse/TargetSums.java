package org.ijepa.collapse;

/**
 * Sums over layer-normed targets by position, from which variances follow; takes images as they
 * come. N positions (patches of an image), D width.
 */
public final class TargetSums {
  private final int positions;
  private final int width;

  /** N x D. */
  private final double[] sum;

  private double squares;
  private long images;

  TargetSums(int positions, int width) {
    this.positions = positions;
    this.width = width;
    sum = new double[positions * width];
  }

  /** Layer norm without weights of each token, in place: what the loss compares with. */
  public static void normalise(float[] tokens, int width, double epsilon) {
    for (int at = 0; at < tokens.length; at += width) {
      double mean = 0;
      for (int d = at; d < at + width; d++) {
        mean += tokens[d];
      }
      mean /= width;
      double variance = 0;
      for (int d = at; d < at + width; d++) {
        variance += (tokens[d] - mean) * (tokens[d] - mean);
      }
      double scale = 1 / Math.sqrt(variance / width + epsilon);
      for (int d = at; d < at + width; d++) {
        tokens[d] = (float) ((tokens[d] - mean) * scale);
      }
    }
  }

  /** Adds whole images: their tokens one after another, N x D an image. */
  void add(float[] tokens) {
    for (int i = 0; i < tokens.length; i++) {
      sum[i % sum.length] += tokens[i];
      squares += (double) tokens[i] * tokens[i];
    }
    images += tokens.length / sum.length;
  }

  /** Variance of a dimension over all tokens, mean over dimensions: at most 1 after layer norm. */
  double variance() {
    return squares / ((double) images * sum.length) - squaredMean();
  }

  /** Mean over dimensions of the squared mean over all tokens. */
  private double squaredMean() {
    double total = 0;
    for (int d = 0; d < width; d++) {
      double all = 0;
      for (int p = 0; p < positions; p++) {
        all += sum[p * width + d];
      }
      double mean = all / ((double) images * positions);
      total += mean * mean;
    }
    return total / width;
  }

  /**
   * Share of the variance that a token's position explains: the variance of the positions' means,
   * less what chance gives the means of so few images, over all variance. From 0 to 1; 1 where
   * nothing varies, as images then show nothing.
   */
  double positionShare() {
    double meanSquares = 0;
    for (double each : sum) {
      double mean = each / images;
      meanSquares += mean * mean;
    }
    double between = meanSquares / sum.length - squaredMean();
    double variance = variance();
    if (variance == 0) {
      return 1;
    }
    double chance = (variance - between) / (images - 1);
    return Math.min(1, Math.max(0, (between - chance) / variance));
  }

  /** Mean target of each position, N x D: what a predictor that knows only positions says. */
  float[] means() {
    float[] means = new float[sum.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = (float) (sum[i] / images);
    }
    return means;
  }
}
