package org.ijepa.probe;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * The linear probe on few labels, drawn several times: some of each class, the others left out. A
 * pure function of inputs and seed.
 */
public final class LowShot {
  /** Of the penalty where a class has too few samples for any to be held out. */
  private static final double STRENGTH = 1e-2;

  /** A class with fewer samples than this lends none to choose the strength by. */
  private static final int ENOUGH_TO_HOLD_OUT = 5;

  private LowShot() {}

  /** How many labels of each class are used. */
  public sealed interface Amount {
    /** Samples of a class that has {@code members}; at least 1. */
    int of(int members);

    /** In a few words. */
    String text();
  }

  /** A share of each class, rounded; 0.01 is 1 %. */
  public record Share(double share) implements Amount {
    public Share {
      if (!(share > 0 && share < 1)) {
        throw Inputs.usage(
            "a share of " + share + " of the labels", "give a number between 0 and 1");
      }
    }

    @Override
    public int of(int members) {
      return Math.max(1, (int) Math.round(share * members));
    }

    @Override
    public String text() {
      return new BigDecimal(String.valueOf(share))
              .movePointRight(2)
              .stripTrailingZeros()
              .toPlainString()
          + " % of each class";
    }
  }

  /** So many of each class, or all where there are fewer. */
  public record PerClass(int count) implements Amount {
    public PerClass {
      if (count < 1) {
        throw Inputs.usage(count + " samples a class", "give 1 or more");
      }
    }

    @Override
    public int of(int members) {
      return Math.min(count, members);
    }

    @Override
    public String text() {
      return count + " of each class";
    }
  }

  /** As below; nobody hears how far it is. */
  public static LowShotResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      Amount amount,
      int draws,
      long seed,
      LinearProbe.Options options) {
    return fit(
        train, trainLabels, test, testLabels, amount, draws, seed, options, FitProgress.NONE);
  }

  /**
   * Fits the linear probe to each draw and tests it.
   *
   * @param draws how many, two at least
   * @param seed of the draws and of the validation splits
   * @param progress hears of each iteration
   * @throws Failure as {@link LinearProbe#fit} does
   */
  public static LowShotResult fit(
      float[][] train,
      int[] trainLabels,
      float[][] test,
      int[] testLabels,
      Amount amount,
      int draws,
      long seed,
      LinearProbe.Options options,
      FitProgress progress) {
    Inputs.checkFeatures(train, test);
    Inputs.checkLabels("training", train, trainLabels);
    LinearProbe.Options used = enough(trainLabels, amount) ? options : options.with(STRENGTH);
    List<int[]> drawn = draws(trainLabels, amount, draws, seed);
    List<ProbeResult> results = new ArrayList<>();
    for (int draw = 0; draw < draws; draw++) {
      int before = draw * used.fits();
      int[] chosen = drawn.get(draw);
      results.add(
          LinearProbe.fit(
              Split.pick(train, chosen),
              Split.pick(trainLabels, chosen),
              test,
              testLabels,
              seed + draw,
              used,
              (fits, of, made) -> progress.at(before + fits, draws * of, made)));
    }
    return new LowShotResult(amount.text(), seed, results);
  }

  /**
   * The draws of a seed, whatever is fitted to them.
   *
   * @param count how many, two at least
   * @return for each the indices of its samples, ascending
   */
  public static List<int[]> draws(int[] labels, Amount amount, int count, long seed) {
    if (count < 2) {
      throw Inputs.usage("draws = " + count, "give 2 or more: one draw has no interval");
    }
    RandomKey key = RandomKey.of(seed, "low-shot");
    return IntStream.range(0, count)
        .mapToObj(draw -> choose(labels, amount, key.with(draw)))
        .toList();
  }

  /** Whether each class has enough samples in a draw for some to be held out. */
  public static boolean enough(int[] labels, Amount amount) {
    int least = Integer.MAX_VALUE;
    for (int label : Inputs.distinct(labels)) {
      least = Math.min(least, amount.of(members(labels, label).length));
    }
    return least >= ENOUGH_TO_HOLD_OUT;
  }

  private static int[] members(int[] labels, int label) {
    return IntStream.range(0, labels.length).filter(n -> labels[n] == label).toArray();
  }

  /** Rows of a draw, ascending: each subset of a class is equally likely. */
  static int[] choose(int[] labels, Amount amount, RandomKey key) {
    IntStream chosen = IntStream.empty();
    for (int label : Inputs.distinct(labels)) {
      int[] members = members(labels, label);
      int count = amount.of(members.length);
      KeyedRandom random = key.with(label).stream();
      for (int i = 0; i < count; i++) {
        int other = i + random.nextInt(members.length - i);
        int taken = members[other];
        members[other] = members[i];
        members[i] = taken;
      }
      chosen = IntStream.concat(chosen, IntStream.of(members).limit(count));
    }
    return chosen.sorted().toArray();
  }
}
