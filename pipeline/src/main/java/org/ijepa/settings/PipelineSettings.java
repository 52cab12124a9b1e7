package org.ijepa.settings;

import java.time.Duration;
import java.util.Map;

/**
 * The stages that bring samples to the trainers.
 *
 * @param fetchParallelism samples fetched at a time
 * @param fetchBytes bytes of files in the memory of a process, fetched or being decoded
 * @param fetchMemory bytes for pieces of shards that many samples stand in
 * @param decodeParallelism images decoded at a time
 * @param prefetch micro-batches kept ready for each trainer
 * @param badSampleBudget share of unreadable images past which the run stops
 * @param retry of what the network or the disk failed to do
 * @param maxPixels an image that claims more is bad
 * @param dctScaling whether JPEGs much larger than wanted are decoded smaller
 * @param codec which codec reads JPEG
 * @param remote whether nodes that only decode are used
 */
public record PipelineSettings(
    int fetchParallelism,
    long fetchBytes,
    long fetchMemory,
    int decodeParallelism,
    int prefetch,
    double badSampleBudget,
    Retry retry,
    long maxPixels,
    boolean dctScaling,
    Codec codec,
    Remote remote) {

  /** Four bytes a pixel must fit into one buffer. */
  public static final long MOST_PIXELS = 500_000_000;

  /** Far above what helps: of files, images or micro-batches. */
  private static final int MOST_AT_ONCE = 4096;

  /** Beside an eighth of files there is room for what decodes, sums and answers. */
  private static final int PARTS_OF_HEAP = 8;

  private static final long LEAST_FETCH_BYTES = 64L << 20;

  /** Which codec reads JPEG; what it is called is part of the run's meaning. */
  public enum Codec {
    /** libjpeg-turbo where the machine has it, OpenCV otherwise. */
    AUTO,
    /** OpenCV, the same on every machine. */
    OPENCV,
    /** libjpeg-turbo, or an error. */
    TURBOJPEG
  }

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

  /**
   * What {@link #fetchBytes} is where nothing is said.
   *
   * @param heap bytes that the Java heap has at most
   */
  public static long fetchBytes(long heap) {
    return Math.max(LEAST_FETCH_BYTES, heap / PARTS_OF_HEAP);
  }

  public PipelineSettings {
    Check.between("pipeline.fetch.parallelism", fetchParallelism, 1, MOST_AT_ONCE);
    Check.atLeast("pipeline.fetch.bytes", fetchBytes, 1);
    Check.atLeast("pipeline.fetch.memory", fetchMemory, 0);
    Check.between("pipeline.decode.parallelism", decodeParallelism, 1, MOST_AT_ONCE);
    Check.between("pipeline.prefetch", prefetch, 1, MOST_AT_ONCE);
    Check.share("pipeline.bad-sample-budget", badSampleBudget);
    Check.between("pipeline.max-pixels", maxPixels, 1, MOST_PIXELS);
  }

  Map<String, Object> values() {
    return Values.of(
        "pipeline.fetch.parallelism", fetchParallelism,
        "pipeline.fetch.bytes", fetchBytes,
        "pipeline.fetch.memory", fetchMemory,
        "pipeline.decode.parallelism", decodeParallelism,
        "pipeline.prefetch", prefetch,
        "pipeline.bad-sample-budget", badSampleBudget,
        "pipeline.retry.min-backoff", retry.minBackoff(),
        "pipeline.retry.max-backoff", retry.maxBackoff(),
        "pipeline.retry.give-up-after", retry.giveUpAfter(),
        "pipeline.max-pixels", maxPixels,
        "pipeline.decode.dct-scaling", dctScaling,
        "pipeline.decode.codec", codec,
        "pipeline.remote", remote);
  }
}
