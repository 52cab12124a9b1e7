package org.ijepa.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Times the training step, alternating with the same work in plain PyTorch where there is one. */
public final class StepBenchmark {
  private static final int WARM_UP = 2;

  private StepBenchmark() {}

  /**
   * Runs rounds of one own step and one of the peer's.
   *
   * @param python command that runs a Python with torch
   * @param progress hears of each round
   */
  public static StepTimes run(
      StepWork work, int rounds, Optional<String> python, Consumer<String> progress)
      throws IOException {
    double[] own = new double[rounds];
    double[] peer = new double[python.isPresent() ? rounds : 0];
    try (OwnStep ownStep = new OwnStep(work);
        PeerStep peerStep = python.isPresent() ? new PeerStep(python.get(), work) : null) {
      for (int i = -WARM_UP; i < rounds; i++) {
        String what = i < 0 ? "warm-up" : "round " + (i + 1);
        double millis = ownStep.run();
        keep(own, i, millis);
        String line = String.format(Locale.ROOT, "%s %.0f ms", what, millis);
        if (peerStep != null) {
          millis = peerStep.run();
          keep(peer, i, millis);
          line += String.format(Locale.ROOT, ", peer %.0f ms", millis);
        }
        progress.accept(line);
      }
      return peerStep == null
          ? new StepTimes(own, peer, "", 0)
          : new StepTimes(own, peer, peerStep.version(), peerStep.peakMebibytes());
    }
  }

  private static void keep(double[] times, int round, double millis) {
    if (round >= 0) {
      times[round] = millis;
    }
  }

  /** The middle of some times. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
