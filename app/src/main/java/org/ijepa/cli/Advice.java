package org.ijepa.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ijepa.mask.MaskLengths;
import org.ijepa.mask.MaskRules.Cut;
import org.ijepa.plan.CheckpointDistance;
import org.ijepa.settings.Extent;
import org.ijepa.settings.OptimizationSettings;
import org.ijepa.settings.Settings;

/** What is allowed in a configuration, and unwise. */
final class Advice {
  /** Learning rate and global batch of the published recipe. */
  private static final double PUBLISHED_RATE = 1e-3;

  private static final int PUBLISHED_BATCH = 2048;

  /**
   * Encoders of less width bear more than the proportion: those of width 128 and 192 learned with
   * {@link #PUBLISHED_RATE} at 64 and 128 images a step, 32 and 16 times as much; that of 192
   * collapsed with twice the rate (bench/results/fashion-mnist-2026-11-30b.md).
   */
  private static final int SMALL_WIDTH = 384;

  /** Times the proportion that a large encoder has room for; a rule of thumb. */
  private static final double TOO_FAST = 4;

  /** Below this much is thrown away, and more of it from images whose context is long. */
  private static final double LITTLE_KEPT = 0.9;

  /** Past that nobody wants to know how much longer a run is. */
  private static final double MANY_TIMES = 10;

  private Advice() {}

  /** One line for each thing; none where all is well. */
  static List<String> of(Settings settings, MaskLengths masks) {
    List<String> lines = new ArrayList<>();
    OptimizationSettings optimization = settings.optimization();
    learningRate(settings, lines);
    if (masks.kept() < LITTLE_KEPT) {
      lines.add(
          String.format(
              Locale.ROOT,
              "groups of %d contexts keep %.0f %% of their patches when they are cut to one length;"
                  + " %s",
              settings.mask().groupSize(),
              100 * masks.kept(),
              settings.mask().cut() == Cut.PREFIX
                  ? "what is lost is always the lowest rows; mask.mode = corrected spreads it and"
                      + " loses less"
                  : "a smaller mask.group-size keeps more"));
    }
    int distance = settings.checkpoint().everySteps();
    boolean counted = optimization.length().unit() == Extent.Unit.STEPS;
    if (counted && distance >= optimization.totalSteps(1)) {
      lines.add(
          "checkpoint.every-steps = "
              + distance
              + " is no less than the run's "
              + optimization.totalSteps(1)
              + " steps: killed before its end, it begins anew; ijepa plan finds the best distance"
              + " for a rate of failures");
    }
    return lines;
  }

  /**
   * What to say of the distance of checkpoints, if it is far from the best one.
   *
   * @param every steps between checkpoints
   * @param stepSeconds of a step
   */
  static Optional<String> distance(CheckpointDistance distance, long every, double stepSeconds) {
    if (!distance.isFarOff()) {
      return Optional.empty();
    }
    double best = Math.max(distance.daly(), distance.write());
    return Optional.of(
        String.format(
            Locale.ROOT,
            "checkpoint.every-steps = %d makes the run %s the best distance would, about %.0f steps"
                + " (Young %.0f, Daly %.0f%s); ijepa plan simulates it",
            every,
            distance.excess() > MANY_TIMES
                ? "many times as long as"
                : String.format(Locale.ROOT, "%.0f %% longer than", 100 * distance.excess()),
            Math.max(1, best / stepSeconds),
            Math.max(1, distance.young() / stepSeconds),
            Math.max(1, distance.daly() / stepSeconds),
            distance.write() > distance.daly()
                ? String.format(
                    Locale.ROOT,
                    ", and %.0f until one is written",
                    Math.max(1, distance.write() / stepSeconds))
                : ""));
  }

  private static void learningRate(Settings settings, List<String> lines) {
    OptimizationSettings optimization = settings.optimization();
    int width = settings.model().encoder().width();
    boolean isSmall = width < SMALL_WIDTH;
    double rate = optimization.learningRate().peak();
    double published = PUBLISHED_RATE * optimization.globalBatch() / PUBLISHED_BATCH;
    double most = TOO_FAST * published;
    if (rate <= (isSmall ? Math.max(most, PUBLISHED_RATE) : most)) {
      return;
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "optimization.lr = %.2g is %.0f times the published recipe's at a global batch of %d"
                + " (%.2g, in proportion), which %s; lower it, with start-lr and final-lr",
            rate,
            rate / published,
            optimization.globalBatch(),
            published,
            isSmall
                ? "an encoder of width "
                    + width
                    + " may not bear: one of 192 learned with 0.001 at 128 images and collapsed with"
                    + " 0.002"
                : "a large encoder may not bear"));
  }
}
