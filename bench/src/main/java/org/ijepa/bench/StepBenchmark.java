package org.ijepa.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
    List<OwnStep.Sample> own = new ArrayList<>();
    List<Double> peer = new ArrayList<>();
    double peak = ProductPeak.flops(work);
    ResidentMemory.forgetPeak();
    try (OwnStep ownStep = new OwnStep(work);
        PeerStep peerStep = python.isPresent() ? new PeerStep(python.get(), work) : null) {
      for (int i = -WARM_UP; i < rounds; i++) {
        OwnStep.Sample sample = ownStep.run();
        String line =
            String.format(
                Locale.ROOT, "%s %.0f ms", i < 0 ? "warm-up" : "round " + (i + 1), sample.millis());
        double peerMillis = 0;
        if (peerStep != null) {
          peerMillis = peerStep.run();
          line += String.format(Locale.ROOT, ", peer %.0f ms", peerMillis);
        }
        if (i >= 0) {
          own.add(sample);
          peer.add(peerMillis);
        }
        progress.accept(line);
      }
      Optional<StepTimes.Peer> compared =
          peerStep == null
              ? Optional.empty()
              : Optional.of(new StepTimes.Peer(peerStep.version(), peer, peerStep.peakMebibytes()));
      return new StepTimes(work, own, compared, ResidentMemory.peakMebibytes(), peak);
    }
  }
}
