package org.ijepa.probe;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/** Samples to fit on and samples held out to validate on: a pure function of key and classes. */
final class Split {
  private final boolean[] held;
  private final int heldCount;

  private Split(boolean[] held) {
    this.held = held;
    int count = 0;
    for (boolean one : held) {
      count += one ? 1 : 0;
    }
    this.heldCount = count;
  }

  /**
   * Holds out {@code share} of each class, rounded, at least one and never all; a class with one
   * sample is only fitted on.
   */
  static Split of(int[] classes, int classCount, double share, RandomKey key) {
    boolean[] held = new boolean[classes.length];
    for (int c = 0; c < classCount; c++) {
      int wanted = c;
      int[] members =
          IntStream.range(0, classes.length).filter(n -> classes[n] == wanted).toArray();
      int count = (int) Math.max(1, Math.round(share * members.length));
      count = Math.min(count, members.length - 1);
      KeyedRandom random = key.with(c).stream();
      for (int i = 0; i < count; i++) {
        int chosen = i + random.nextInt(members.length - i);
        int swapped = members[chosen];
        members[chosen] = members[i];
        members[i] = swapped;
        held[swapped] = true;
      }
    }
    return new Split(held);
  }

  /**
   * What a probe validates its choices on: the same samples for every probe of a seed.
   *
   * @param instead what to do where no class has two samples
   * @throws org.ijepa.failure.Failure where nothing can be held out
   */
  static Split forValidation(
      int[] classes, int classCount, double share, long seed, String instead) {
    Split split = of(classes, classCount, share, RandomKey.of(seed, "probe-validation"));
    if (split.heldCount() == 0) {
      throw Inputs.bad(
          "none of " + classCount + " classes has two training samples: nothing to hold out",
          instead);
    }
    return split;
  }

  /** Samples held out. */
  int heldCount() {
    return heldCount;
  }

  /** Indices held out ({@code true}) or fitted on ({@code false}), ascending. */
  int[] indices(boolean heldOut) {
    return IntStream.range(0, held.length).filter(n -> held[n] == heldOut).toArray();
  }

  static float[][] pick(float[][] rows, int[] indices) {
    return Arrays.stream(indices).mapToObj(n -> rows[n]).toArray(float[][]::new);
  }

  static int[] pick(int[] values, int[] indices) {
    return Arrays.stream(indices).map(n -> values[n]).toArray();
  }

  static double[] pick(double[] values, int[] indices) {
    return Arrays.stream(indices).mapToDouble(n -> values[n]).toArray();
  }
}
