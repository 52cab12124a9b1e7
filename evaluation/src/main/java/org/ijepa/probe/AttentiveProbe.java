package org.ijepa.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.failure.Failure;
import org.ijepa.random.RandomKey;

/**
 * Classification of images by learned cross-attention over their frozen patch features, then a
 * linear layer: where a class hangs on a few patches, an average drowns them. The learning rate is
 * chosen on a validation part of the training images. The same inputs, options and seed give the
 * same result.
 */
public final class AttentiveProbe {
  private AttentiveProbe() {}

  /**
   * How to fit.
   *
   * @param heads of the attention; each has its own weights over patches
   * @param rates learning rates to choose from; with one, nothing is held out
   * @param weightDecay of AdamW
   * @param epochs over the training images
   * @param batch images a step
   * @param validationShare part of each class held out for choosing
   */
  public record Options(
      int heads,
      List<Double> rates,
      double weightDecay,
      int epochs,
      int batch,
      double validationShare) {
    public Options {
      rates = List.copyOf(rates);
      boolean usable = heads > 0 && epochs > 0 && batch > 0 && weightDecay >= 0;
      if (!usable || rates.isEmpty() || rates.stream().anyMatch(rate -> !(rate > 0))) {
        throw Inputs.usage(
            String.format(
                "heads = %d, rates = %s, weight decay = %s, epochs = %d, batch = %d",
                heads, rates, weightDecay, epochs, batch),
            "give positive numbers");
      }
      Inputs.checkShare(validationShare);
    }

    /** Four heads, 20 epochs of AdamW with batches of 64, rates from 1e-3 to 1e-2. */
    public static Options defaults() {
      return new Options(4, List.of(1e-3, 3e-3, 1e-2), 0.01, 20, 64, 0.2);
    }
  }

  /** As below; nobody hears how far it is. */
  public static AttentiveResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      int width,
      long seed,
      Options options) {
    return fit(train, trainLabels, test, testLabels, width, seed, options, FitProgress.NONE);
  }

  /**
   * Fits on the training rows and predicts the test rows.
   *
   * @param train rows of patches x width features, patch after patch
   * @param width features of a patch
   * @param progress hears of each epoch
   * @throws Failure where features are not finite or lengths differ, labels are missing or all the
   *     same, or there is too little to hold out
   */
  public static AttentiveResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      int width,
      long seed,
      Options options,
      FitProgress progress) {
    Inputs.checkFeatures(train, test);
    Inputs.checkLabels("training", train, trainLabels);
    Inputs.checkLabels("test", test, testLabels);
    if (width < 1 || train[0].length % width != 0) {
      throw Inputs.bad(
          "rows of " + train[0].length + " values are not patches of width " + width,
          "compute the features of all patches with one encoder");
    }
    int[] labels = Inputs.distinct(trainLabels);
    int[] classes =
        Arrays.stream(trainLabels).map(label -> Arrays.binarySearch(labels, label)).toArray();
    Fit fit = new Fit(width, labels.length, seed, options, progress);
    List<AttentiveResult.Trial> trials =
        options.rates().size() == 1 ? List.of() : fit.choose(train, classes);
    double rate =
        trials.isEmpty() ? options.rates().get(0) : AttentiveResult.Trial.best(trials).rate();
    int[] predicted =
        Arrays.stream(fit.predict(train, classes, test, rate, fit.count() - 1))
            .map(c -> labels[c])
            .toArray();
    progress.at(fit.count(), fit.count(), 0);
    return new AttentiveResult(
        Classification.of(trainLabels, testLabels, predicted),
        options.heads(),
        rate,
        seed,
        train.length,
        train[0].length / width,
        width,
        trials);
  }

  /** What all fits of one call share. */
  private record Fit(int width, int classCount, long seed, Options options, FitProgress progress) {
    /** One for each rate, and the last one where there are several. */
    int count() {
      return options.rates().size() == 1 ? 1 : options.rates().size() + 1;
    }

    List<AttentiveResult.Trial> choose(float[][] train, int[] classes) {
      Split split =
          Split.forValidation(
              classes,
              classCount,
              options.validationShare(),
              seed,
              "give one learning rate instead of several");
      int[] fitted = split.indices(false);
      int[] held = split.indices(true);
      int[] truth = Split.pick(classes, held);
      List<AttentiveResult.Trial> trials = new ArrayList<>();
      for (double rate : options.rates()) {
        int[] predicted =
            predict(
                Split.pick(train, fitted),
                Split.pick(classes, fitted),
                Split.pick(train, held),
                rate,
                trials.size());
        int correct = 0;
        for (int n = 0; n < truth.length; n++) {
          correct += predicted[n] == truth[n] ? 1 : 0;
        }
        trials.add(new AttentiveResult.Trial(rate, (double) correct / truth.length));
      }
      return trials;
    }

    int[] predict(float[][] train, int[] classes, float[][] asked, double rate, int before) {
      RandomKey key = RandomKey.of(seed, "attentive");
      int batches = (train.length + options.batch() - 1) / options.batch();
      var sizes = new AttentivePooling.Sizes(width, options.heads(), classCount);
      var recipe =
          new AttentivePooling.Recipe(rate, options.weightDecay(), batches * options.epochs());
      PatchScale scale = PatchScale.of(train, width);
      try (AttentivePooling model = new AttentivePooling(sizes, recipe, key)) {
        for (int epoch = 0; epoch < options.epochs(); epoch++) {
          int[] order = Shuffle.of(train.length, key.with(epoch).stream());
          for (int from = 0; from < order.length; from += options.batch()) {
            int to = Math.min(order.length, from + options.batch());
            int[] chosen = Arrays.copyOfRange(order, from, to);
            model.learn(scale.apply(Split.pick(train, chosen)), Split.pick(classes, chosen));
          }
          progress.at(before, count(), epoch + 1);
        }
        int[] predicted = new int[asked.length];
        for (int from = 0; from < asked.length; from += options.batch()) {
          int to = Math.min(asked.length, from + options.batch());
          int[] found = model.classify(scale.apply(Arrays.copyOfRange(asked, from, to)), to - from);
          System.arraycopy(found, 0, predicted, from, found.length);
        }
        return predicted;
      }
    }
  }
}
