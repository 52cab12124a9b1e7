package org.ijepa.decode;

import java.util.Arrays;

/** For each output sample of an axis, which input samples it averages, with which weights. */
final class Taps {
  /** Of a weight, as a share of one. */
  static final int WEIGHT_BITS = 13;

  private int[] firsts = new int[0];
  private int[] counts = new int[0];
  private long[] weights = new long[0];
  private int length;
  private double offset;
  private double span;
  private int out;
  private int largest;
  private int padded;

  /**
   * Computes the taps for an axis of {@code length} samples, of which {@code span} from {@code
   * offset} become {@code out}.
   */
  void prepare(int length, double offset, double span, int out) {
    if (this.length == length && this.offset == offset && this.span == span && this.out == out) {
      return;
    }
    this.length = length;
    this.offset = offset;
    this.span = span;
    this.out = out;
    double step = span / out;
    double reach = Math.max(step, 1);
    place(step, reach);
    reserve();
    for (int i = 0; i < out; i++) {
      weigh(i, offset + (i + 0.5) * step, reach);
    }
  }

  private void place(double step, double reach) {
    if (firsts.length < out) {
      firsts = new int[out];
      counts = new int[out];
    }
    largest = 0;
    for (int i = 0; i < out; i++) {
      double centre = offset + (i + 0.5) * step;
      firsts[i] = Math.max(0, (int) (centre - reach + 0.5));
      counts[i] = Math.min(length, (int) (centre + reach + 0.5)) - firsts[i];
      largest = Math.max(largest, counts[i]);
    }
  }

  private void reserve() {
    padded = largest <= 6 && largest > 4 ? 6 : (largest + 3) / 4 * 4;
    int size = Math.multiplyExact(out, padded);
    if (weights.length < size) {
      weights = new long[size];
    } else {
      Arrays.fill(weights, 0, size, 0);
    }
  }

  /**
   * Rounds the running sum of the weights instead of each weight: they then sum to exactly one, and
   * the error stays below one unit for however many taps.
   */
  private void weigh(int i, double centre, double reach) {
    double total = 0;
    for (int tap = 0; tap < counts[i]; tap++) {
      total += height(firsts[i] + tap, centre, reach);
    }
    int one = 1 << WEIGHT_BITS;
    int at = i * padded;
    double sum = 0;
    long given = 0;
    for (int tap = 0; tap < counts[i]; tap++) {
      sum += height(firsts[i] + tap, centre, reach);
      long upTo = tap == counts[i] - 1 ? one : Math.round(sum / total * one);
      weights[at + tap] = upTo - given;
      given = upTo;
    }
  }

  private static double height(int i, double centre, double reach) {
    return Math.max(0, 1 - Math.abs((i + 0.5 - centre) / reach));
  }

  int[] firsts() {
    return firsts;
  }

  /** Of output sample i from {@code i * padded()} on. */
  long[] weights() {
    return weights;
  }

  int first(int i) {
    return firsts[i];
  }

  int count(int i) {
    return counts[i];
  }

  int end(int i) {
    return firsts[i] + count(i);
  }

  /** Weights of an output sample, zeros at the end included: 4, 6 or a multiple of 4. */
  int padded() {
    return padded;
  }

  int largestCount() {
    return largest;
  }
}
