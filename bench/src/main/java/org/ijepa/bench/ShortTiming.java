package org.ijepa.bench;

import ai.djl.Device;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A few training steps, each of one micro-batch: enough to tell what a run would take, and no more.
 *
 * @param steps that were timed
 * @param microBatchSeconds median of forward and backward
 * @param updateSeconds median of gradient norm, AdamW and EMA, on the host's clock
 */
public record ShortTiming(int steps, double microBatchSeconds, double updateSeconds) {
  /** Steps that are timed where there is time for them. */
  private static final int MOST = 5;

  private static final double MILLI = 1e-3;

  /**
   * Times steps on random pixels, on a device.
   *
   * @param budget once that much time is spent, no other step is begun
   */
  public static ShortTiming of(StepWork work, Device device, Duration budget) {
    try (OwnStep step = new OwnStep(work, device)) {
      return of(step::run, budget, System::nanoTime);
    }
  }

  /**
   * As above. The first step, in which kernels are made ready, counts only where nothing else is.
   *
   * @param step makes one
   * @param nanoTime clock of the budget
   */
  static ShortTiming of(Supplier<OwnStep.Sample> step, Duration budget, LongSupplier nanoTime) {
    long began = nanoTime.getAsLong();
    OwnStep.Sample first = step.get();
    List<OwnStep.Sample> timed = new ArrayList<>();
    while (timed.size() < MOST && nanoTime.getAsLong() - began < budget.toNanos()) {
      timed.add(step.get());
    }
    List<OwnStep.Sample> used = timed.isEmpty() ? List.of(first) : timed;
    return new ShortTiming(
        used.size(),
        MILLI * Quantiles.median(used, ShortTiming::microBatch),
        MILLI * Quantiles.median(used, ShortTiming::update));
  }

  private static double microBatch(OwnStep.Sample sample) {
    return sample.millis() - update(sample) - sample.phases().getOrDefault("reduce", 0.0);
  }

  private static double update(OwnStep.Sample sample) {
    return sample.phases().get("settle")
        + sample.phases().get("optimizer")
        + sample.phases().get("ema");
  }
}
