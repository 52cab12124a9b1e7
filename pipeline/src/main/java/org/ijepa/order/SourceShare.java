package org.ijepa.order;

/**
 * A source's part in a run.
 *
 * @param perMille how many of each {@link #WHOLE} places of a stream are its own
 * @param samples how many it has
 * @param shards in which they stand
 */
public record SourceShare(int perMille, long samples, Shards shards) {
  /** Places of a stream within which every source has its exact number. */
  public static final int WHOLE = 1_000;

  /**
   * Checks.
   *
   * @throws IllegalArgumentException if there is no sample, or the share is not in 1 ... 1000
   */
  public SourceShare {
    if (perMille < 1 || perMille > WHOLE) {
      throw new IllegalArgumentException(
          "a source's share of " + perMille + " in 1000 is not one of 1 to 1000");
    }
    if (samples < 1) {
      throw new IllegalArgumentException(
          "the data set has " + samples + " samples: at least one is needed");
    }
  }

  /** The only source of a run. */
  public static SourceShare only(long samples, Shards shards) {
    return new SourceShare(WHOLE, samples, shards);
  }
}
