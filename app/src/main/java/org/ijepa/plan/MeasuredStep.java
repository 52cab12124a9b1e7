package org.ijepa.plan;

import java.util.Optional;

/**
 * A step on one machine alone, from what was measured there; gradients between its trainers are
 * summed for nothing.
 *
 * @param globalBatch images of a step
 * @param microBatch images that a trainer computes at a time
 * @param trainers of the machine
 * @param microBatchSeconds of forward and backward
 * @param updateSeconds of AdamW and EMA
 * @param input how fast images come; empty where that is not known
 */
public record MeasuredStep(
    int globalBatch,
    int microBatch,
    int trainers,
    double microBatchSeconds,
    double updateSeconds,
    Optional<Input> input) {

  /**
   * How fast images come.
   *
   * @param readRate images a second from where they lie
   * @param decodeRate images a second that all decoding threads make ready
   * @param sharesCores whether these threads take their time from the trainers
   */
  public record Input(double readRate, double decodeRate, boolean sharesCores) {}

  /** What takes the longest. */
  public enum Limit {
    TRAINERS("the trainers"),
    DECODING("decoding"),
    READING("reading");

    private final String words;

    Limit(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /** Seconds in which the trainer with the most micro-batches computes, and all update. */
  public double computing() {
    int microBatches = globalBatch / microBatch;
    int most = (microBatches + trainers - 1) / trainers;
    return most * microBatchSeconds + updateSeconds;
  }

  /** Seconds in which a step's images are decoded, were there nothing else to do; 0 if unknown. */
  public double decoding() {
    return input.map(known -> globalBatch / known.decodeRate()).orElse(0.0);
  }

  /** Seconds in which a step's images are read; 0 if unknown. */
  public double reading() {
    return input.map(known -> globalBatch / known.readRate()).orElse(0.0);
  }

  private boolean sharesCores() {
    return input.isPresent() && input.get().sharesCores();
  }

  /** Seconds of a step: reading goes on beside all else, decoding only on cores of its own. */
  public double seconds() {
    double busy = sharesCores() ? computing() + decoding() : Math.max(computing(), decoding());
    return Math.max(busy, reading());
  }

  /** What a faster machine would have to be faster at. */
  public Limit limit() {
    double longest = Math.max(computing(), decoding());
    double busy = sharesCores() ? computing() + decoding() : longest;
    if (reading() > busy) {
      return Limit.READING;
    }
    return decoding() > computing() ? Limit.DECODING : Limit.TRAINERS;
  }

  /** Images a second. */
  public double rate() {
    return globalBatch / seconds();
  }
}
