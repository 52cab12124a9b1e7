package org.ijepa.probe;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/** What must be true of features and labels, and the one line that says which of it is not. */
final class Inputs {
  private static final String DIVERGED =
      "look at the run's loss for a divergence, or take an earlier checkpoint's encoder";
  private static final String SAME_IMAGES = "take features and labels from the same list of images";
  private static final String LABEL_ALL =
      "give every image a label, or leave the images without one out";

  private Inputs() {}

  /** Both parts have rows, all as wide as the first, all finite. */
  static void checkFeatures(float[][] train, float[][] test) {
    checkRows("training", train);
    checkRows("test", test);
    if (train[0].length != test[0].length) {
      throw bad(
          "training features have "
              + train[0].length
              + " values a row, test features "
              + test[0].length,
          "compute both with the same encoder");
    }
  }

  private static void checkRows(String part, float[][] rows) {
    if (rows == null || rows.length == 0) {
      throw bad("there are no " + part + " features", "give at least one image to this part");
    }
    int width = rows[0].length;
    if (width == 0) {
      throw bad(part + " features have no values", "look at the encoder's width");
    }
    int badRows = 0;
    long badValues = 0;
    String first = "";
    for (int n = 0; n < rows.length; n++) {
      if (rows[n].length != width) {
        throw bad(
            part + " row " + n + " has " + rows[n].length + " values, row 0 has " + width,
            "compute all features with the same encoder");
      }
      long before = badValues;
      for (int d = 0; d < width; d++) {
        if (!Float.isFinite(rows[n][d])) {
          if (badValues == 0) {
            first = "row " + n + ", feature " + d + " is " + rows[n][d];
          }
          badValues++;
        }
      }
      badRows += badValues > before ? 1 : 0;
    }
    if (badValues > 0) {
      throw bad(
          badValues
              + " "
              + part
              + " feature values in "
              + badRows
              + " of "
              + rows.length
              + " rows are not finite; the first: "
              + first,
          DIVERGED);
    }
  }

  /** As many labels as rows, none negative. */
  static void checkLabels(String part, float[][] rows, int[] labels) {
    checkCount(part, rows.length, labels == null ? 0 : labels.length);
    int[] missing = indicesOf(i -> labels[i] < 0, labels.length);
    if (missing.length > 0) {
      throw missing(part, missing, labels.length, "label " + labels[missing[0]]);
    }
  }

  /** As many labels as rows, all finite. */
  static void checkLabels(String part, float[][] rows, double[] labels) {
    checkCount(part, rows.length, labels == null ? 0 : labels.length);
    int[] missing = indicesOf(i -> !Double.isFinite(labels[i]), labels.length);
    if (missing.length > 0) {
      throw missing(part, missing, labels.length, "label " + labels[missing[0]]);
    }
  }

  private static void checkCount(String part, int rows, int labels) {
    if (labels == 0) {
      throw bad("there are no " + part + " labels for " + rows + " rows", LABEL_ALL);
    }
    if (labels != rows) {
      throw bad(labels + " " + part + " labels for " + rows + " rows", SAME_IMAGES);
    }
  }

  private static int[] indicesOf(IntPredicate wrong, int length) {
    return IntStream.range(0, length).filter(wrong).toArray();
  }

  private static Failure missing(String part, int[] missing, int length, String value) {
    return bad(
        missing.length
            + " of "
            + length
            + " "
            + part
            + " labels are missing; the first: row "
            + missing[0]
            + " ("
            + value
            + ")",
        LABEL_ALL);
  }

  /** The distinct training labels, ascending; two at least. */
  static int[] distinct(int[] trainLabels) {
    int[] labels = Arrays.stream(trainLabels).sorted().distinct().toArray();
    if (labels.length < 2) {
      throw bad(
          "all " + trainLabels.length + " training labels are " + labels[0],
          "a probe needs two classes or more: give it images of others too");
    }
    return labels;
  }

  /** Labels that differ: without that, there is nothing to explain. */
  static void checkVaries(String part, double[] labels) {
    if (Arrays.stream(labels).distinct().limit(2).count() < 2) {
      throw bad(
          "all " + labels.length + " " + part + " labels are " + labels[0],
          "a regression needs labels that differ: give it other images too");
    }
  }

  /** Strengths of a penalty: at least one, all positive and finite. */
  static void checkStrengths(List<Double> strengths) {
    if (strengths.isEmpty()) {
      throw usage("there are no strengths of the penalty", "give one or more, for example 0.01");
    }
    for (double strength : strengths) {
      if (!(strength > 0) || Double.isInfinite(strength)) {
        throw usage("strength of the penalty = " + strength, "give a positive number");
      }
    }
  }

  /** A share held out for validation, between 0 and 1. */
  static void checkShare(double share) {
    if (!(share > 0 && share < 1)) {
      throw usage("share of validation = " + share, "give a number between 0 and 1");
    }
  }

  static Failure bad(String message, String hint) {
    return new Failure(ExitCode.BAD_DATA, message, hint);
  }

  static Failure usage(String message, String hint) {
    return new Failure(ExitCode.WRONG_USAGE, message, hint);
  }
}
