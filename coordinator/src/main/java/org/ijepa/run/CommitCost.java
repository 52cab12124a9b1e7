package org.ijepa.run;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the second phase of steps takes: the time in which all gradients are there and nobody may
 * use them yet.
 *
 * @param seconds of a step, on average
 * @param share of the time that these steps took, from 0 to 1
 */
public record CommitCost(double seconds, double share) {

  /** Of the steps whose metrics say it; empty where none does, as of one trainer's first step. */
  public static Optional<CommitCost> of(List<StepMetrics> steps) {
    double waited = 0;
    double all = 0;
    int count = 0;
    for (StepMetrics step : steps) {
      double seconds = step.samples() / (double) (step.step() + 1) / step.imagesPerSecond();
      if (Double.isFinite(step.commitWaitSeconds()) && Double.isFinite(seconds)) {
        waited += step.commitWaitSeconds();
        all += seconds;
        count++;
      }
    }
    return count == 0
        ? Optional.empty()
        : Optional.of(new CommitCost(waited / count, all > 0 ? waited / all : 0));
  }

  /** A line for people. */
  public String text() {
    return String.format(
        Locale.ROOT, "commits: %.1f ms a step, %.2f %% of the time", seconds * 1e3, share * 100);
  }
}
