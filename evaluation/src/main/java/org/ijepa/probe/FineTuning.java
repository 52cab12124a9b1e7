package org.ijepa.probe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.ijepa.failure.Failure;
import org.ijepa.probe.AttentiveResult.Trial;
import org.ijepa.probe.LowShot.Amount;
import org.ijepa.random.RandomKey;

/**
 * Fine-tuning on few labels, drawn several times, the same draws as {@link LowShot}'s: the encoder
 * itself is trained, with a linear layer on the average of its tokens. The learning rate is chosen
 * on a validation part of the first draw.
 */
public final class FineTuning {
  /** Of the classes' samples, where there are enough to choose a rate by. */
  private static final double VALIDATION_SHARE = 0.2;

  private FineTuning() {}

  /** An encoder with labelled images, which begins anew with its frozen weights each time. */
  public interface Tunable {
    /**
     * Trains on some of the training images.
     *
     * @param rows their numbers
     * @param classes theirs, from 0 on
     * @param classCount how many classes there are
     * @param rate the largest learning rate of the encoder
     * @param key of the order of images, of their crops and of whether they are mirrored
     * @return whether it stayed finite
     */
    boolean train(int[] rows, int[] classes, int classCount, double rate, RandomKey key);

    /** The classes that it sees in training images. */
    int[] classify(int[] rows);

    /** The classes that it sees in all test images. */
    int[] classifyTest();
  }

  /**
   * Trains on each draw and tests it.
   *
   * @param trainLabels of the training images, not negative
   * @param testLabels of the test images; one that no training image has counts as an error
   * @param rates learning rates to choose from; the middle one where there is too little to choose
   *     by
   * @param draws how many, two at least
   * @param seed of the draws, the validation split and all of the training
   * @param progress hears of each training that is done
   * @throws Failure where labels are missing or all the same, a draw has no interval, or training
   *     diverges
   */
  public static FineTuningResult fit(
      Tunable tunable,
      int[] trainLabels,
      int[] testLabels,
      Amount amount,
      int draws,
      long seed,
      List<Double> rates,
      FitProgress progress) {
    int[] labels = Inputs.distinct(trainLabels);
    int[] classes =
        Arrays.stream(trainLabels).map(label -> Arrays.binarySearch(labels, label)).toArray();
    List<int[]> drawn = LowShot.draws(trainLabels, amount, draws, seed);
    RandomKey key = RandomKey.of(seed, "fine-tuning");
    boolean chooses = rates.size() > 1 && LowShot.enough(trainLabels, amount);
    List<Trial> trials =
        chooses
            ? choose(
                tunable,
                drawn.get(0),
                classes,
                labels.length,
                seed,
                rates,
                done -> progress.at(done, rates.size() + draws, 0))
            : List.of();
    double rate = chooses ? Trial.best(trials).rate() : rates.get(rates.size() / 2);
    List<Classification> results = new ArrayList<>();
    for (int draw = 0; draw < draws; draw++) {
      int[] rows = drawn.get(draw);
      if (!tunable.train(rows, Split.pick(classes, rows), labels.length, rate, key.with(draw))) {
        throw Inputs.usage("fine-tuning at the rate " + rate + " diverged", "give smaller --rates");
      }
      int[] predicted = Arrays.stream(tunable.classifyTest()).map(c -> labels[c]).toArray();
      results.add(Classification.of(Split.pick(trainLabels, rows), testLabels, predicted));
      progress.at(trials.size() + draw + 1, trials.size() + draws, 0);
    }
    return new FineTuningResult(amount.text(), seed, rate, trials, results);
  }

  private static List<Trial> choose(
      Tunable tunable,
      int[] rows,
      int[] classes,
      int classCount,
      long seed,
      List<Double> rates,
      IntConsumer done) {
    ValidationSplit split = ValidationSplit.of(Split.pick(classes, rows), VALIDATION_SHARE, seed);
    int[] fitted = Split.pick(rows, split.fitted());
    int[] held = Split.pick(rows, split.held());
    RandomKey key = RandomKey.of(seed, "fine-tuning-validation");
    List<Trial> trials = new ArrayList<>();
    for (double rate : rates) {
      boolean finite = tunable.train(fitted, Split.pick(classes, fitted), classCount, rate, key);
      trials.add(new Trial(rate, finite ? split.accuracy(tunable.classify(held)) : 0));
      done.accept(trials.size());
    }
    return trials;
  }
}
