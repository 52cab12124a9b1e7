package org.ijepa.probe;

import java.util.Arrays;

/** Training images to fit on and training images to choose by, as all probes hold them out. */
public final class ValidationSplit {
  private final int[] labels;
  private final int[] classes;
  private final int[] fitted;
  private final int[] held;

  private ValidationSplit(int[] labels, int[] classes, int[] fitted, int[] held) {
    this.labels = labels;
    this.classes = classes;
    this.fitted = fitted;
    this.held = held;
  }

  /** How many distinct labels there are. */
  public int classCount() {
    return labels.length;
  }

  /** The label of a class; classes follow the labels. */
  public int label(int number) {
    return labels[number];
  }

  /** The class of an image. */
  public int classOf(int image) {
    return classes[image];
  }

  /** Images to fit on, ascending. */
  public int[] fitted() {
    return fitted.clone();
  }

  /** Images held out, ascending. */
  public int[] held() {
    return held.clone();
  }

  /**
   * Holds out a share of each class.
   *
   * @param trainLabels a label for each image, not negative
   * @throws org.ijepa.failure.Failure where all are the same or there is too little to hold out
   */
  public static ValidationSplit of(int[] trainLabels, double share, long seed) {
    int[] labels = Inputs.distinct(trainLabels);
    int[] classes =
        Arrays.stream(trainLabels).map(label -> Arrays.binarySearch(labels, label)).toArray();
    Split split =
        Split.forValidation(
            classes, labels.length, share, seed, "give more labelled images of each class");
    return new ValidationSplit(labels, classes, split.indices(false), split.indices(true));
  }

  /**
   * Refuses labels of which {@link #of} can hold out none, whatever the seed.
   *
   * @throws org.ijepa.failure.Failure as it does
   */
  public static void check(int[] trainLabels, double share) {
    of(trainLabels, share, 0);
  }

  /**
   * Share of the held-out images that got their own label.
   *
   * @param predicted a label for each, in their order
   */
  public double accuracy(int[] predicted) {
    int correct = 0;
    for (int n = 0; n < held.length; n++) {
      correct += predicted[n] == labels[classes[held[n]]] ? 1 : 0;
    }
    return (double) correct / held.length;
  }
}
