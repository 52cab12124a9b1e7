package org.ijepa.picture;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Colours of patches by the three directions in which the patches of all pictures differ most: red,
 * green, blue. What has one colour looks alike to the model.
 */
public final class PrincipalColours {
  private static final int DIRECTIONS = 3;
  private static final int ITERATIONS = 60;

  private final int width;
  private final double[] mean;
  private final double[][] directions;
  private final double[] shares;
  private final double[][] bounds;

  /**
   * Finds the directions.
   *
   * @param pictures patches x width each
   * @param width features of a patch, at least 3
   */
  public PrincipalColours(List<float[]> pictures, int width) {
    this.width = width;
    mean = mean(pictures);
    double[][] covariance = covariance(pictures);
    directions = largest(covariance);
    shares = shares(covariance);
    bounds = bounds(pictures);
  }

  private double[] mean(List<float[]> pictures) {
    double[] sum = new double[width];
    long count = 0;
    for (float[] picture : pictures) {
      for (int i = 0; i < picture.length; i++) {
        sum[i % width] += picture[i];
      }
      count += picture.length / width;
    }
    for (int i = 0; i < width; i++) {
      sum[i] /= count;
    }
    return sum;
  }

  private double[][] covariance(List<float[]> pictures) {
    double[][] sums = new double[width][width];
    double[] centred = new double[width];
    for (float[] picture : pictures) {
      for (int from = 0; from < picture.length; from += width) {
        for (int i = 0; i < width; i++) {
          centred[i] = picture[from + i] - mean[i];
        }
        for (int i = 0; i < width; i++) {
          for (int j = 0; j < width; j++) {
            sums[i][j] += centred[i] * centred[j];
          }
        }
      }
    }
    return sums;
  }

  /** Orthogonal iteration; each direction points where its largest component is positive. */
  private double[][] largest(double[][] matrix) {
    SplittableRandom random = new SplittableRandom(0);
    double[][] found = new double[DIRECTIONS][width];
    for (double[] direction : found) {
      Arrays.setAll(direction, i -> random.nextDouble(-1, 1));
    }
    orthogonalise(found);
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      for (int k = 0; k < DIRECTIONS; k++) {
        found[k] = product(matrix, found[k]);
      }
      orthogonalise(found);
    }
    for (double[] direction : found) {
      double extreme = 0;
      for (double value : direction) {
        extreme = Math.abs(value) > Math.abs(extreme) ? value : extreme;
      }
      double sign = extreme < 0 ? -1 : 1;
      Arrays.setAll(direction, i -> sign * direction[i]);
    }
    return found;
  }

  private static double[] product(double[][] matrix, double[] vector) {
    double[] result = new double[vector.length];
    for (int i = 0; i < vector.length; i++) {
      result[i] = dot(matrix[i], vector);
    }
    return result;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void orthogonalise(double[][] vectors) {
    for (int k = 0; k < vectors.length; k++) {
      double[] vector = vectors[k];
      for (int other = 0; other < k; other++) {
        double along = dot(vector, vectors[other]);
        double[] unit = vectors[other];
        Arrays.setAll(vector, i -> vector[i] - along * unit[i]);
      }
      double length = Math.sqrt(dot(vector, vector));
      Arrays.setAll(vector, i -> length > 0 ? vector[i] / length : 0);
    }
  }

  private double[] shares(double[][] covariance) {
    double total = 0;
    for (int i = 0; i < width; i++) {
      total += covariance[i][i];
    }
    double[] parts = new double[DIRECTIONS];
    for (int k = 0; k < DIRECTIONS; k++) {
      parts[k] = dot(directions[k], product(covariance, directions[k])) / Math.max(1e-30, total);
    }
    return parts;
  }

  /** From the second to the 98th of a hundred, so that single patches do not set the scale. */
  private double[][] bounds(List<float[]> pictures) {
    double[][] found = new double[DIRECTIONS][];
    for (int k = 0; k < DIRECTIONS; k++) {
      int direction = k;
      double[] all =
          pictures.stream()
              .flatMapToDouble(picture -> Arrays.stream(along(picture, direction)))
              .sorted()
              .toArray();
      found[k] = new double[] {all[all.length * 2 / 100], all[(all.length - 1) * 98 / 100]};
    }
    return found;
  }

  private double[] along(float[] picture, int direction) {
    double[] values = new double[picture.length / width];
    for (int i = 0; i < picture.length; i++) {
      values[i / width] += (picture[i] - mean[i % width]) * directions[direction][i % width];
    }
    return values;
  }

  /** Parts of the variance that red, green and blue show. */
  public double[] shares() {
    return shares.clone();
  }

  /** A colour for each patch of a picture. */
  public int[] of(float[] picture) {
    int[] colours = new int[picture.length / width];
    for (int k = 0; k < DIRECTIONS; k++) {
      double[] values = along(picture, k);
      for (int patch = 0; patch < colours.length; patch++) {
        double range = Math.max(1e-12, bounds[k][1] - bounds[k][0]);
        double unit = Math.max(0, Math.min(1, (values[patch] - bounds[k][0]) / range));
        colours[patch] |= (int) Math.round(255 * unit) << (16 - 8 * k);
      }
    }
    return colours;
  }
}
