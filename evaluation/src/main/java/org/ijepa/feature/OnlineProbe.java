package org.ijepa.feature;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.probe.NearestNeighbours;
import org.ijepa.probe.NeighbourResult;
import org.ijepa.probe.RidgeRegression;
import org.ijepa.probe.RidgeResult;
import org.ijepa.replica.Replica;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.StepWatch;

/**
 * A small probe of the target encoder while it trains, on images that it does not train on: four
 * fifths are fitted on, one fifth is asked. Safe for use by several threads, each with its replica.
 */
public final class OnlineProbe implements StepWatch {
  /** What its findings are about. */
  public static final String ABOUT = "probe";

  private static final String ACCURACY = "accuracy";
  private static final String R2 = "r2";
  private static final int FEW_IMAGES = 10;
  private static final int NEIGHBOURS = 20;
  private static final double TEMPERATURE = 0.07;

  /** One: every look costs, and the choice of a strength would cost several fits. */
  private static final List<Double> STRENGTHS = List.of(1e-2);

  private static final int RESAMPLES = 200;

  private final HeldOutImages images;
  private final Judge judge;
  private final int fitted;
  private final int chunk;

  private interface Judge {
    /** Numbers and a line for people, from features to fit on and to ask. */
    String judge(float[][] known, float[][] asked, Map<String, Double> numbers);
  }

  private OnlineProbe(HeldOutImages images, Judge judge, int chunk) {
    this.images = images;
    this.judge = judge;
    this.chunk = chunk;
    fitted = fitted(images);
  }

  private static int fitted(HeldOutImages images) {
    if (images.count() < FEW_IMAGES) {
      throw new Failure(
          ExitCode.BAD_DATA,
          images.count() + " images under evaluation.data can be read",
          "give " + FEW_IMAGES + " or more, or evaluation.every-steps = 0");
    }
    return images.count() * 4 / 5;
  }

  /**
   * Nearest neighbours vote for a class.
   *
   * @param chunk images that are computed at a time
   * @throws Failure if the images are too few or of one class
   */
  public static OnlineProbe neighbours(HeldOutImages images, Labels labels, int chunk) {
    int[] classes = labels.numbers(Labels.classes(labels, labels), images.samples());
    int fitted = fitted(images);
    int[] known = Arrays.copyOf(classes, fitted);
    int[] truth = Arrays.copyOfRange(classes, fitted, classes.length);
    if (Arrays.stream(known).distinct().count() < 2) {
      throw oneLabel();
    }
    NearestNeighbours.Options options =
        new NearestNeighbours.Options(Math.min(NEIGHBOURS, fitted), TEMPERATURE, 1);
    return new OnlineProbe(
        images,
        (rows, asked, numbers) -> {
          NeighbourResult result = NearestNeighbours.fit(rows, known, asked, truth, options);
          numbers.put(ACCURACY, result.accuracy());
          numbers.put("accuracy_low", result.classification().interval().low());
          numbers.put("accuracy_high", result.classification().interval().high());
          numbers.put("majority", result.classification().majorityAccuracy());
          return options.k() + " nearest neighbours: " + result.classification().summary();
        },
        chunk);
  }

  /**
   * Ridge regression of a label that is a number.
   *
   * @param chunk images that are computed at a time
   * @throws Failure if the images are too few or have one label
   */
  public static OnlineProbe ridge(HeldOutImages images, Labels labels, int chunk) {
    double[] values = labels.values(images.samples());
    int fitted = fitted(images);
    double[] known = Arrays.copyOf(values, fitted);
    double[] truth = Arrays.copyOfRange(values, fitted, values.length);
    if (Arrays.stream(known).distinct().count() < 2
        || Arrays.stream(truth).distinct().count() < 2) {
      throw oneLabel();
    }
    RidgeRegression.Options options = new RidgeRegression.Options(STRENGTHS, 0.2, RESAMPLES, 1);
    return new OnlineProbe(
        images,
        (rows, asked, numbers) -> {
          RidgeResult result = RidgeRegression.fit(rows, known, asked, truth, 0, options);
          numbers.put(R2, result.r2());
          numbers.put("mean_absolute_error", result.meanAbsoluteError());
          numbers.put("mean_guess_error", result.meanGuessError());
          return String.format(
              Locale.ROOT,
              "ridge regression: R^2 %.3f, mean absolute error %.4g (always the mean: %.4g)",
              result.r2(),
              result.meanAbsoluteError(),
              result.meanGuessError());
        },
        chunk);
  }

  /** What a finding says of the features in one number, the higher the better. */
  public static OptionalDouble score(Finding finding) {
    Double score = finding.numbers().getOrDefault(ACCURACY, finding.numbers().get(R2));
    boolean measured = finding.about().equals(ABOUT) && score != null && Double.isFinite(score);
    return measured ? OptionalDouble.of(score) : OptionalDouble.empty();
  }

  private static Failure oneLabel() {
    return new Failure(
        ExitCode.BAD_DATA,
        "all images of evaluation.data that are looked at have one label",
        "give images of several, or evaluation.every-steps = 0");
  }

  @Override
  public List<Finding> after(long step, Replica replica, Runnable moved) {
    long began = System.nanoTime();
    float[][] rows = features(replica, moved);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("images", (double) rows.length);
    String text = "features are not finite";
    String word = "failed";
    if (Arrays.stream(rows).allMatch(FeatureExtractor::isFinite)) {
      word = "measured";
      text =
          judge.judge(
              Arrays.copyOf(rows, fitted), Arrays.copyOfRange(rows, fitted, rows.length), numbers);
    }
    numbers.put("seconds", (System.nanoTime() - began) * 1e-9);
    return List.of(new Finding(ABOUT, step, numbers, word, Severity.NORMAL, text));
  }

  /** The average of each image's patches, as all probes have it. */
  private float[][] features(Replica replica, Runnable moved) {
    int width = replica.geometry().width();
    int patches = replica.geometry().patches();
    float[][] rows = new float[images.count()][width];
    for (int from = 0; from < rows.length; from += chunk) {
      int count = Math.min(chunk, rows.length - from);
      float[] tokens = replica.tokens(images.pixels(from, count), count, Encoder.TARGET);
      for (int i = 0; i < tokens.length; i++) {
        rows[from + i / (patches * width)][i % width] += tokens[i] / patches;
      }
      moved.run();
    }
    return rows;
  }
}
