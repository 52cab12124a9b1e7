package org.ijepa.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Ridge regression of a real label on frozen features: standardised on the training samples, solved
 * exactly, with a penalty chosen on a validation part of them. In double precision; the result
 * depends on inputs, options and seed alone, not on threads.
 */
public final class RidgeRegression {
  private RidgeRegression() {}

  /**
   * How to fit.
   *
   * @param strengths strengths of the penalty to choose from; with one, nothing is held out
   * @param validationShare part of the training samples held out for choosing
   * @param resamples bootstrap samples of the test set
   * @param threads to compute with; no matter for the result
   */
  public record Options(
      List<Double> strengths, double validationShare, int resamples, int threads) {

    public Options {
      strengths = List.copyOf(strengths);
      Inputs.checkStrengths(strengths);
      Inputs.checkShare(validationShare);
      if (resamples < 1 || threads < 1) {
        throw Inputs.usage(
            "bootstrap samples = " + resamples + ", threads = " + threads, "give positive numbers");
      }
    }

    /** Strengths 100 to 1e-6, two a decade; a fifth held out; 2,000 resamples; all processors. */
    public static Options defaults() {
      List<Double> grid =
          IntStream.rangeClosed(-4, 12).mapToObj(i -> StrictMath.pow(10, -i / 2.0)).toList();
      return new Options(grid, 0.2, 2000, Runtime.getRuntime().availableProcessors());
    }
  }

  /** Fits and tests with {@link Options#defaults()}. */
  public static RidgeResult fit(
      float[][] train, double[] trainLabels, float[][] test, double[] testLabels, long seed) {
    return fit(train, trainLabels, test, testLabels, seed, Options.defaults());
  }

  /**
   * Refuses labels that no regression can be fitted to or tested on.
   *
   * @throws Failure where all of one set are the same
   */
  public static void checkLabels(double[] trainLabels, double[] testLabels) {
    Inputs.checkVaries("training", trainLabels);
    Inputs.checkVaries("test", testLabels);
  }

  /** As below; nobody hears how far it is. */
  public static RidgeResult fit(
      float[][] train,
      double[] trainLabels,
      float[][] test,
      double[] testLabels,
      long seed,
      Options options) {
    return fit(train, trainLabels, test, testLabels, seed, options, FitProgress.NONE);
  }

  /**
   * Fits on the training rows and predicts the test rows.
   *
   * @param train N rows of D features
   * @param trainLabels N labels, finite, not all equal
   * @param test rows of D features
   * @param testLabels their labels, finite, not all equal
   * @param seed of the validation split and the bootstrap
   * @param progress hears of each strength
   * @throws Failure where features are not finite or lengths differ, or labels are missing or all
   *     the same
   */
  public static RidgeResult fit(
      float[][] train,
      double[] trainLabels,
      float[][] test,
      double[] testLabels,
      long seed,
      Options options,
      FitProgress progress) {
    Inputs.checkFeatures(train, test);
    Inputs.checkLabels("training", train, trainLabels);
    Inputs.checkLabels("test", test, testLabels);
    checkLabels(trainLabels, testLabels);
    try (Workers workers = new Workers(options.threads())) {
      List<RidgeResult.Trial> trials = List.of();
      double strength = options.strengths().get(0);
      if (options.strengths().size() > 1) {
        trials = tryStrengths(train, trainLabels, seed, options, workers, progress);
        strength = best(trials);
      }
      Fit fit = new Fit(train, trainLabels, workers);
      double[] predicted = fit.predict(fit.solve(strength), test);
      progress.at(trials.size() + 1, trials.size() + 1, 0);
      double[] errors = new double[test.length];
      double[] guesses = new double[test.length];
      for (int n = 0; n < test.length; n++) {
        errors[n] = Math.abs(predicted[n] - testLabels[n]);
        guesses[n] = Math.abs(fit.meanLabel - testLabels[n]);
      }
      return new RidgeResult(
          r2(predicted, testLabels),
          mean(errors),
          bootstrap(errors, options.resamples(), RandomKey.of(seed, "ridge-bootstrap")),
          mean(guesses),
          strength,
          seed,
          train.length,
          test.length,
          train[0].length,
          fit.standard.constantFeatures(),
          trials);
    }
  }

  private static List<RidgeResult.Trial> tryStrengths(
      float[][] train,
      double[] labels,
      long seed,
      Options options,
      Workers workers,
      FitProgress progress) {
    RandomKey key = RandomKey.of(seed, "ridge-validation");
    Split split = Split.of(new int[train.length], 1, options.validationShare(), key);
    int[] fitted = split.indices(false);
    int[] held = split.indices(true);
    float[][] validation = Split.pick(train, held);
    double[] truth = Split.pick(labels, held);
    Fit fit = new Fit(Split.pick(train, fitted), Split.pick(labels, fitted), workers);
    List<RidgeResult.Trial> trials = new ArrayList<>();
    List<Double> strengths =
        options.strengths().stream().sorted(Comparator.reverseOrder()).distinct().toList();
    for (double strength : strengths) {
      progress.at(trials.size(), strengths.size() + 1, 0);
      double[] predicted = fit.predict(fit.solve(strength), validation);
      double squaredError = squaredError(predicted, truth) / truth.length;
      trials.add(new RidgeResult.Trial(strength, squaredError));
    }
    return trials;
  }

  /** The strength of least error, of equals the strongest, which comes first. */
  private static double best(List<RidgeResult.Trial> trials) {
    RidgeResult.Trial best = trials.get(0);
    for (RidgeResult.Trial trial : trials) {
      best = trial.squaredError() < best.squaredError() ? trial : best;
    }
    return best.strength();
  }

  private static double r2(double[] predicted, double[] truth) {
    double[] guess = new double[truth.length];
    Arrays.fill(guess, mean(truth));
    return 1 - squaredError(predicted, truth) / squaredError(guess, truth);
  }

  private static double squaredError(double[] predicted, double[] truth) {
    double sum = 0;
    for (int n = 0; n < truth.length; n++) {
      double error = predicted[n] - truth[n];
      sum += error * error;
    }
    return sum;
  }

  static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Percentile interval of the mean over samples drawn with replacement. */
  static Interval bootstrap(double[] values, int resamples, RandomKey key) {
    KeyedRandom random = key.stream();
    double[] means = new double[resamples];
    for (int r = 0; r < resamples; r++) {
      double sum = 0;
      for (int n = 0; n < values.length; n++) {
        sum += values[random.nextInt(values.length)];
      }
      means[r] = sum / values.length;
    }
    Arrays.sort(means);
    return Interval.percentiles(means);
  }

  /** Standardised samples with what all strengths share. */
  private static final class Fit {
    private final Standardisation standard;
    private final double meanLabel;
    private final double[][] covariance;
    private final double[] correlation;
    private final Workers workers;

    Fit(float[][] rows, double[] labels, Workers workers) {
      this.standard = Standardisation.of(rows);
      this.meanLabel = mean(labels);
      this.workers = workers;
      Design design = standard.apply(rows);
      this.covariance = design.meanOuterProduct(workers);
      double[][] out = new double[1][design.width()];
      double[] shares =
          Arrays.stream(labels).map(label -> (label - meanLabel) / labels.length).toArray();
      design.transposedTimes(new double[][] {shares}, out, workers);
      this.correlation = out[0];
    }

    /** Weights that minimise half the mean squared error plus strength / 2 times their squares. */
    double[] solve(double strength) {
      double[] weights = correlation.clone();
      Cholesky.of(covariance, 1, strength).solve(weights);
      return weights;
    }

    double[] predict(double[] weights, float[][] rows) {
      Design design = standard.apply(rows);
      double[][] out = new double[1][rows.length];
      design.times(new double[][] {weights}, new double[] {meanLabel}, out, workers);
      return out[0];
    }
  }
}
