package org.ijepa.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;

/**
 * Multinomial logistic regression on frozen features: standardised on the training samples, with an
 * L2 penalty whose strength is chosen on a validation part of them, then fitted on all of them. In
 * double precision; the result depends on inputs, options and seed alone, not on threads.
 */
public final class LinearProbe {
  private LinearProbe() {}

  /** What stands before the linear layer. */
  public enum Head {
    /**
     * Each feature at mean 0 and variance 1: a batch norm whose statistics are the training set's.
     */
    BATCH_NORM,
    /** Features as they are, but for one number that brings them to a common size. */
    PLAIN
  }

  /**
   * How to fit.
   *
   * @param head what stands before the linear layer
   * @param strengths strengths of the penalty to choose from; with one, nothing is held out
   * @param validationShare part of each class held out for choosing
   * @param maxIterations limit of one fit
   * @param tolerance largest component of the gradient at which a fit ends
   * @param threads to compute with; no matter for the result
   */
  public record Options(
      Head head,
      List<Double> strengths,
      double validationShare,
      int maxIterations,
      double tolerance,
      int threads) {

    public Options {
      strengths = List.copyOf(strengths);
      Inputs.checkStrengths(strengths);
      Inputs.checkShare(validationShare);
      if (maxIterations < 1 || !(tolerance > 0) || threads < 1) {
        throw Inputs.usage(
            String.format(
                "maximum of iterations = %d, tolerance = %s, threads = %d",
                maxIterations, tolerance, threads),
            "give positive numbers");
      }
    }

    /** With batch norm. */
    public Options(
        List<Double> strengths,
        double validationShare,
        int maxIterations,
        double tolerance,
        int threads) {
      this(Head.BATCH_NORM, strengths, validationShare, maxIterations, tolerance, threads);
    }

    /**
     * How many fits that makes: one for each strength, and the last one where there are several.
     */
    public int fits() {
      int different = (int) strengths.stream().distinct().count();
      return strengths.size() > 1 ? different + 1 : 1;
    }

    /** The same with another head. */
    public Options with(Head other) {
      return new Options(other, strengths, validationShare, maxIterations, tolerance, threads);
    }

    /** The same with one strength, so that nothing is held out. */
    public Options with(double strength) {
      return new Options(
          head, List.of(strength), validationShare, maxIterations, tolerance, threads);
    }

    /** Batch norm; strengths 1 to 1e-6, two a decade; a fifth held out; all processors. */
    public static Options defaults() {
      List<Double> grid =
          IntStream.rangeClosed(0, 12).mapToObj(i -> StrictMath.pow(10, -i / 2.0)).toList();
      return new Options(
          Head.BATCH_NORM, grid, 0.2, 500, 1e-5, Runtime.getRuntime().availableProcessors());
    }
  }

  /** Fits and tests with {@link Options#defaults()}. */
  public static ProbeResult fit(
      float[][] train, int[] trainLabels, float[][] test, int[] testLabels, long seed) {
    return fit(train, trainLabels, test, testLabels, seed, Options.defaults());
  }

  /** As below; nobody hears how far it is. */
  public static ProbeResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      long seed,
      Options options) {
    return fit(train, trainLabels, test, testLabels, seed, options, FitProgress.NONE);
  }

  /**
   * Fits on the training rows and predicts the test rows.
   *
   * @param train N rows of D features
   * @param trainLabels N labels, not negative; any whole numbers, of two values at least
   * @param test rows of D features
   * @param testLabels their labels; one that no training row has counts as an error
   * @param seed of the validation split
   * @param progress hears of each iteration
   * @throws Failure where features are not finite or lengths differ, labels are missing or all the
   *     same, or there is too little to hold out
   */
  public static ProbeResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      long seed,
      Options options,
      FitProgress progress) {
    Inputs.checkFeatures(train, test);
    Inputs.checkLabels("training", train, trainLabels);
    Inputs.checkLabels("test", test, testLabels);
    int[] labels = Inputs.distinct(trainLabels);
    int[] classes =
        Arrays.stream(trainLabels).map(label -> Arrays.binarySearch(labels, label)).toArray();
    try (Workers workers = new Workers(options.threads())) {
      List<Trial> trials = List.of();
      double strength = options.strengths().get(0);
      if (options.strengths().size() > 1) {
        trials = tryStrengths(train, classes, labels.length, seed, options, workers, progress);
        strength = Trial.best(trials).strength();
      }
      Standardisation standard = Standardisation.of(train, options.head());
      Fit fit = new Fit(standard.apply(train), classes, labels.length, options, workers);
      int fits = options.fits();
      Lbfgs end =
          fit.run(strength, new double[fit.size()], made -> progress.at(fits - 1, fits, made));
      progress.at(fits, fits, 0);
      double[][] logits = fit.logits(end.point(), standard.apply(test));
      int[] predicted =
          IntStream.range(0, test.length).map(n -> labels[largest(logits, n)]).toArray();
      return new ProbeResult(
          Classification.of(trainLabels, testLabels, predicted),
          options.head(),
          strength,
          seed,
          train.length,
          train[0].length,
          standard.constantFeatures(),
          trials,
          end.iterations(),
          end.gradientSize() <= options.tolerance());
    }
  }

  /** From the strongest penalty to the weakest, each fit starting where the last one ended. */
  private static List<Trial> tryStrengths(
      float[][] train,
      int[] classes,
      int classCount,
      long seed,
      Options options,
      Workers workers,
      FitProgress progress) {
    Split split =
        Split.forValidation(
            classes,
            classCount,
            options.validationShare(),
            seed,
            "give one strength of the penalty instead of several");
    int[] fitted = split.indices(false);
    int[] held = split.indices(true);
    float[][] rows = Split.pick(train, fitted);
    Standardisation standard = Standardisation.of(rows, options.head());
    int[] fittedClasses = Split.pick(classes, fitted);
    Fit fit = new Fit(standard.apply(rows), fittedClasses, classCount, options, workers);
    Design validation = standard.apply(Split.pick(train, held));
    int[] truth = Split.pick(classes, held);
    List<Trial> trials = new ArrayList<>();
    double[] point = new double[fit.size()];
    for (double strength :
        options.strengths().stream().sorted(Comparator.reverseOrder()).distinct().toList()) {
      int done = trials.size();
      Lbfgs end = fit.run(strength, point, made -> progress.at(done, options.fits(), made));
      point = end.point();
      boolean converged = end.gradientSize() <= options.tolerance();
      trials.add(score(fit.logits(point, validation), truth, strength, end, converged));
    }
    return trials;
  }

  private static Trial score(
      double[][] logits, int[] truth, double strength, Lbfgs end, boolean converged) {
    int correct = 0;
    double loss = 0;
    for (int n = 0; n < truth.length; n++) {
      int best = largest(logits, n);
      correct += best == truth[n] ? 1 : 0;
      double sum = 0;
      for (double[] line : logits) {
        sum += StrictMath.exp(line[n] - logits[best][n]);
      }
      loss += StrictMath.log(sum) + logits[best][n] - logits[truth[n]][n];
    }
    return new Trial(
        strength,
        (double) correct / truth.length,
        loss / truth.length,
        end.iterations(),
        converged);
  }

  /** The class with the largest logit of sample n; the lowest of equals. */
  private static int largest(double[][] logits, int n) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      best = logits[c][n] > logits[best][n] ? c : best;
    }
    return best;
  }

  /** Standardised samples with what all strengths share. */
  private static final class Fit {
    private final Design design;
    private final int[] classes;
    private final int classCount;
    private final Options options;
    private final Workers workers;
    private final double[][] covariance;

    Fit(Design design, int[] classes, int classCount, Options options, Workers workers) {
      this.design = design;
      this.classes = classes;
      this.classCount = classCount;
      this.options = options;
      this.workers = workers;
      this.covariance = design.meanOuterProduct(workers);
    }

    int size() {
      return classCount * (design.width() + 1);
    }

    Lbfgs run(double strength, double[] start, IntConsumer made) {
      SoftmaxLoss loss =
          new SoftmaxLoss(design, classes, classCount, strength, covariance, workers);
      return Lbfgs.minimise(loss, start, options.tolerance(), options.maxIterations(), made);
    }

    /** Logits, C by samples. */
    double[][] logits(double[] point, Design samples) {
      double[][] weights = new double[classCount][design.width()];
      double[] bias = new double[classCount];
      SoftmaxLoss.unpack(point, weights, bias);
      double[][] out = new double[classCount][samples.samples()];
      samples.times(weights, bias, out, workers);
      return out;
    }
  }
}
