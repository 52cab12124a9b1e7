package org.ijepa.settings;

import java.time.Duration;
import java.util.Map;

/**
 * The stages that bring samples to the trainers.
 *
 * @param fetchParallelism samples fetched at a time
 * @param fetchMemory bytes for pieces of shards that many samples stand in
 * @param decodeParallelism images decoded at a time
 * @param prefetch micro-batches kept ready for each trainer
 * @param badSampleBudget share of unreadable images past which the run stops
 * @param retry of what the network or the disk failed to do
 * @param maxPixels an image that claims more is bad
 * @param dctScaling whether JPEGs much larger than wanted are decoded smaller
 * @param remote whether nodes that only decode are used
 */
public record PipelineSettings(
    int fetchParallelism,
    long fetchMemory,
    int decodeParallelism,
    int prefetch,
    double badSampleBudget,
    Retry retry,
    long maxPixels,
    boolean dctScaling,
    Remote remote) {

  /** Which nodes that only decode are used by a trainer's. */
  public enum Remote {
    /** Those that are in the cluster. */
    AUTO,
    /** None. */
    OFF
  }

  /** Waits after a failed fetch: first, longest, and all together. */
  public record Retry(Duration minBackoff, Duration maxBackoff, Duration giveUpAfter) {
    public Retry {
      if (minBackoff.isZero() || minBackoff.isNegative()) {
        throw ConfigurationError.of(
            "pipeline.retry.min-backoff", Values.text(minBackoff), "be above 0");
      }
      if (maxBackoff.compareTo(minBackoff) < 0) {
        throw ConfigurationError.of(
            "pipeline.retry.max-backoff",
            Values.text(maxBackoff),
            "be at least pipeline.retry.min-backoff = " + Values.text(minBackoff));
      }
      if (giveUpAfter.isNegative()) {
        throw ConfigurationError.of(
            "pipeline.retry.give-up-after", Values.text(giveUpAfter), "be at least 0");
      }
    }
  }

  public PipelineSettings {
    Check.atLeast("pipeline.fetch.parallelism", fetchParallelism, 1);
    Check.atLeast("pipeline.fetch.memory", fetchMemory, 0);
    Check.atLeast("pipeline.decode.parallelism", decodeParallelism, 1);
    Check.atLeast("pipeline.prefetch", prefetch, 1);
    Check.share("pipeline.bad-sample-budget", badSampleBudget);
    Check.atLeast("pipeline.max-pixels", maxPixels, 1);
  }

  Map<String, Object> values() {
    return Values.of(
        "pipeline.fetch.parallelism", fetchParallelism,
        "pipeline.fetch.memory", fetchMemory,
        "pipeline.decode.parallelism", decodeParallelism,
        "pipeline.prefetch", prefetch,
        "pipeline.bad-sample-budget", badSampleBudget,
        "pipeline.retry.min-backoff", retry.minBackoff(),
        "pipeline.retry.max-backoff", retry.maxBackoff(),
        "pipeline.retry.give-up-after", retry.giveUpAfter(),
        "pipeline.max-pixels", maxPixels,
        "pipeline.decode.dct-scaling", dctScaling,
        "pipeline.remote", remote);
  }
}
