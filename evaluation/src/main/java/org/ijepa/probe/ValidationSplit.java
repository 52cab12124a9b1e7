package org.ijepa.probe;

import java.util.Arrays;

/**
 * Training images to fit on and training images to choose by, as all probes of a seed hold them out.
 *
 * @param labels the distinct ones, ascending
 * @param classes of each image the place of its label among these
 * @param fitted images to fit on, ascending
 * @param held images held out, ascending
 */
public record ValidationSplit(int[] labels, int[] classes, int[] fitted, int[] held) {
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
