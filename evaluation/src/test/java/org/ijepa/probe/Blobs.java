package org.ijepa.probe;

import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/** Gaussian clouds around one centre a class: sample n is of class n modulo C. */
final class Blobs {
  final float[][] rows;
  final int[] labels;

  /** Class c has its centre at {@code distance} along feature c; deviation 1 in all features. */
  Blobs(int samples, int width, int classes, double distance, long seed) {
    rows = new float[samples][width];
    labels = new int[samples];
    KeyedRandom random = RandomKey.of(seed, "blobs").stream();
    for (int n = 0; n < samples; n++) {
      labels[n] = n % classes;
      for (int d = 0; d < width; d++) {
        rows[n][d] = (float) (random.nextGaussian() + (d == labels[n] ? distance : 0));
      }
    }
  }

  static double[][] gaussian(int rows, int columns, long seed) {
    KeyedRandom random = RandomKey.of(seed, "matrix").stream();
    double[][] out = new double[rows][columns];
    for (double[] row : out) {
      for (int d = 0; d < columns; d++) {
        row[d] = random.nextGaussian();
      }
    }
    return out;
  }
}
