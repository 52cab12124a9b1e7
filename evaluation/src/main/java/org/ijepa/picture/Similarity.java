package org.ijepa.picture;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Cosines between features. */
public final class Similarity {
  private Similarity() {}

  /** Cosine of two parts of {@code width} elements; 0 where one is zero. */
  static double cosine(float[] a, int fromA, float[] b, int fromB, int width) {
    double product = 0;
    double lengthA = 0;
    double lengthB = 0;
    for (int i = 0; i < width; i++) {
      product += (double) a[fromA + i] * b[fromB + i];
      lengthA += (double) a[fromA + i] * a[fromA + i];
      lengthB += (double) b[fromB + i] * b[fromB + i];
    }
    double lengths = Math.sqrt(lengthA * lengthB);
    return lengths > 0 ? product / lengths : 0;
  }

  /** Cosines between one patch of a picture and all its patches. */
  public static double[] toPatch(float[] picture, int width, int patch) {
    return IntStream.range(0, picture.length / width)
        .mapToDouble(i -> cosine(picture, patch * width, picture, i * width, width))
        .toArray();
  }

  /** Numbers of the {@code count} rows that are nearest to a row by cosine, itself left out. */
  public static List<Integer> nearest(List<float[]> rows, int row, int count) {
    float[] from = rows.get(row);
    double[] cosines =
        rows.stream().mapToDouble(other -> cosine(from, 0, other, 0, from.length)).toArray();
    return IntStream.range(0, rows.size())
        .filter(i -> i != row)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -cosines[i]))
        .limit(count)
        .toList();
  }
}
