package org.ijepa.decode;

/**
 * The antialiased bilinear filter along one axis: for each output pixel the first input pixel and
 * the weights of it and those that follow. The triangle's support widens by the reduction, so that
 * nothing aliases. Weights are fixed-point numbers, as in Pillow, whose results this meets.
 */
final class Weights {
  static final int PRECISION = 22;

  private final int[] first;
  private final int[] count;
  private final int[] values;
  private final int stride;

  private Weights(int outputs, int stride) {
    first = new int[outputs];
    count = new int[outputs];
    values = new int[outputs * stride];
    this.stride = stride;
  }

  /**
   * The filter from part [start, start + extent) of {@code input} pixels to {@code output} pixels.
   * At the part's edges the triangle reaches into the image around it, as in the recorded resize.
   */
  static Weights of(int input, int start, int extent, int output) {
    double scale = (double) extent / output;
    double support = Math.max(1, scale);
    int stride = (int) Math.ceil(support) * 2 + 1;
    Weights weights = new Weights(output, stride);
    double[] raw = new double[stride];
    for (int x = 0; x < output; x++) {
      double center = start + (x + 0.5) * scale;
      int from = Math.max(0, (int) (center - support + 0.5));
      int to = Math.min(input, (int) (center + support + 0.5));
      double sum = 0;
      for (int i = from; i < to; i++) {
        raw[i - from] = Math.max(0, 1 - Math.abs((i - center + 0.5) / support));
        sum += raw[i - from];
      }
      weights.first[x] = from;
      weights.count[x] = to - from;
      for (int i = 0; i < to - from; i++) {
        weights.values[x * stride + i] = (int) Math.round(raw[i] / sum * (1 << PRECISION));
      }
    }
    return weights;
  }

  /** First input pixel that any output needs. */
  int begin() {
    return first[0];
  }

  /** Input pixel after the last that any output needs. */
  int end() {
    return first[first.length - 1] + count[first.length - 1];
  }

  int outputs() {
    return first.length;
  }

  int first(int output) {
    return first[output];
  }

  int count(int output) {
    return count[output];
  }

  /** Where an output's weights begin in {@link #values}. */
  int offset(int output) {
    return output * stride;
  }

  int[] values() {
    return values;
  }
}
