package org.ijepa.probe;

import java.util.Arrays;
import java.util.function.LongConsumer;
import org.ijepa.failure.Failure;

/**
 * Weighted nearest neighbours on frozen features (Wu et al., "Unsupervised feature learning via
 * non-parametric instance discrimination", CVPR 2018): the k training rows of largest cosine vote
 * for their label with weight exp(cosine / temperature). Nothing is drawn at random.
 */
public final class NearestNeighbours {
  /** Test rows a task: few enough that their cosines to all training rows stay small. */
  private static final int TEST_BLOCK = 16;

  /** Training rows at a time, so that their features stay in cache for the whole block. */
  private static final int TRAIN_BLOCK = 256;

  private NearestNeighbours() {}

  /**
   * How to vote.
   *
   * @param k neighbours that vote
   * @param temperature of the votes; small means that the nearest decides
   * @param threads to compute with; no matter for the result
   */
  public record Options(int k, double temperature, int threads) {
    public Options {
      if (k < 1 || !(temperature > 0) || threads < 1) {
        throw Inputs.usage(
            "k = " + k + ", temperature = " + temperature + ", threads = " + threads,
            "give positive numbers");
      }
    }

    /**
     * Refuses more neighbours than there are training samples.
     *
     * @throws Failure where k is more than {@code samples}
     */
    public void checkTraining(int samples) {
      if (k > samples) {
        throw Inputs.usage(
            "k = " + k + " neighbours of " + samples + " training samples",
            "give a k of at most the number of training samples");
      }
    }

    /** The usual k = 20 and temperature 0.07; all processors. */
    public static Options defaults() {
      return new Options(20, 0.07, Runtime.getRuntime().availableProcessors());
    }
  }

  /** As below; nobody hears how far it is. */
  public static NeighbourResult fit(
      float[][] train, int[] trainLabels, float[][] test, int[] testLabels, Options options) {
    return fit(train, trainLabels, test, testLabels, options, done -> {});
  }

  /**
   * Predicts each test row's label from its neighbours among the training rows. Of neighbours
   * equally near the earlier row is taken, of labels with equal votes the lower. The cosine with a
   * row of zeros is 0.
   *
   * @param train N rows of D features
   * @param trainLabels N labels, not negative, of two values at least
   * @param test rows of D features
   * @param testLabels their labels
   * @param progress hears how many test rows are done, one word at a time, on any thread
   * @throws Failure where features are not finite or lengths differ, labels are missing or all the
   *     same, or k is more than N
   */
  public static NeighbourResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      Options options,
      LongConsumer progress) {
    Inputs.checkFeatures(train, test);
    Inputs.checkLabels("training", train, trainLabels);
    Inputs.checkLabels("test", test, testLabels);
    int[] labels = Inputs.distinct(trainLabels);
    options.checkTraining(train.length);
    int[] classes =
        Arrays.stream(trainLabels).map(label -> Arrays.binarySearch(labels, label)).toArray();
    double[][] columns = Design.transpose(unitRows(train));
    double[][] queries = unitRows(test);
    int[] predicted = new int[test.length];
    long[] done = {0};
    try (Workers workers = new Workers(options.threads())) {
      workers.forEach(
          (test.length + TEST_BLOCK - 1) / TEST_BLOCK,
          block -> {
            int from = block * TEST_BLOCK;
            int to = Math.min(from + TEST_BLOCK, test.length);
            double[][] cosines = cosines(Arrays.copyOfRange(queries, from, to), columns);
            for (int n = from; n < to; n++) {
              predicted[n] = labels[vote(cosines[n - from], classes, labels.length, options)];
            }
            synchronized (done) {
              done[0] += to - from;
              progress.accept(done[0]);
            }
          });
    }
    return new NeighbourResult(
        Classification.of(trainLabels, testLabels, predicted),
        options.k(),
        options.temperature(),
        train.length,
        train[0].length);
  }

  private static double[][] unitRows(float[][] rows) {
    double[][] out = new double[rows.length][rows[0].length];
    for (int n = 0; n < rows.length; n++) {
      double squares = 0;
      for (float value : rows[n]) {
        squares += (double) value * value;
      }
      double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
      for (int d = 0; d < out[n].length; d++) {
        out[n][d] = rows[n][d] * scale;
      }
    }
    return out;
  }

  private static double[][] cosines(double[][] queries, double[][] columns) {
    int samples = columns[0].length;
    double[][] out = new double[queries.length][samples];
    for (int from = 0; from < samples; from += TRAIN_BLOCK) {
      Products.accumulate(out, queries, columns, from, Math.min(from + TRAIN_BLOCK, samples));
    }
    return out;
  }

  private static int vote(double[] cosines, int[] classes, int classCount, Options options) {
    int[] nearest = nearest(cosines, options.k());
    double[] votes = new double[classCount];
    for (int n : nearest) {
      // Relative to the nearest, so that a small temperature overflows nothing.
      votes[classes[n]] +=
          StrictMath.exp((cosines[n] - cosines[nearest[0]]) / options.temperature());
    }
    int best = 0;
    for (int c = 1; c < classCount; c++) {
      best = votes[c] > votes[best] ? c : best;
    }
    return best;
  }

  /** The k places of largest value, largest first; of equals the earlier. */
  static int[] nearest(double[] values, int k) {
    int[] kept = new int[k];
    int count = 0;
    for (int n = 0; n < values.length; n++) {
      if (count == k && values[n] <= values[kept[k - 1]]) {
        continue;
      }
      int place = count < k ? count++ : k - 1;
      while (place > 0 && values[n] > values[kept[place - 1]]) {
        kept[place] = kept[place - 1];
        place--;
      }
      kept[place] = n;
    }
    return kept;
  }
}
