package org.ijepa.probe;

/** Gives each of a patch's features mean 0 and variance 1 over all patches of some images. */
final class PatchScale {
  private final float[] mean;
  private final float[] scale;

  private PatchScale(float[] mean, float[] scale) {
    this.mean = mean;
    this.scale = scale;
  }

  /** From rows of patches x width; features that do not vary become 0. */
  static PatchScale of(float[][] rows, int width) {
    double[] sum = new double[width];
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        sum[i % width] += row[i];
      }
    }
    long patches = rows[0].length / width;
    long count = rows.length * patches;
    double[] squares = new double[width];
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        double centred = row[i] - sum[i % width] / count;
        squares[i % width] += centred * centred;
      }
    }
    float[] mean = new float[width];
    float[] scale = new float[width];
    for (int d = 0; d < width; d++) {
      mean[d] = (float) (sum[d] / count);
      double deviation = Math.sqrt(squares[d] / count);
      // What is left of a constant is the rounding of floats.
      scale[d] = deviation <= 1e-6 * Math.abs(mean[d]) ? 0 : (float) (1 / deviation);
    }
    return new PatchScale(mean, scale);
  }

  /** The rows one after another, scaled. */
  float[] apply(float[][] rows) {
    int length = rows[0].length;
    float[] flat = new float[rows.length * length];
    for (int n = 0; n < rows.length; n++) {
      for (int i = 0; i < length; i++) {
        int d = i % mean.length;
        flat[n * length + i] = (rows[n][i] - mean[d]) * scale[d];
      }
    }
    return flat;
  }
}
