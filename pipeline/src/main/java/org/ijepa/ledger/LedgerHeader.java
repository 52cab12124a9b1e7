package org.ijepa.ledger;

import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;

/**
 * All that determines which sample stands at which place of a run: the first line of its ledger.
 *
 * @param formatVersion of the ledger, {@link #FORMAT_VERSION}
 * @param seed of the run
 * @param samples in the index
 * @param indexFingerprint of the index, in lower-case hexadecimal digits
 * @param globalBatch samples a step
 * @param streams of the order
 * @param tail what becomes of samples that fill no global batch
 * @param shards in which the samples stand
 */
public record LedgerHeader(
    int formatVersion,
    long seed,
    long samples,
    String indexFingerprint,
    int globalBatch,
    int streams,
    Tail tail,
    Shards shards) {
  /** The one version there is. */
  public static final int FORMAT_VERSION = 1;

  /**
   * Checks version and fingerprint; whether the numbers go together is checked by {@link #order}.
   *
   * @throws IllegalArgumentException if one is not as it must be
   */
  public LedgerHeader {
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "ledger format version "
              + formatVersion
              + " is unknown: this program reads version "
              + FORMAT_VERSION);
    }
    if (!indexFingerprint.matches("[0-9a-f]+")) {
      throw new IllegalArgumentException(
          "index fingerprint \"" + indexFingerprint + "\" is not hexadecimal");
    }
  }

  /** The header of a run whose samples stand by themselves. */
  public LedgerHeader(
      int formatVersion,
      long seed,
      long samples,
      String indexFingerprint,
      int globalBatch,
      int streams,
      Tail tail) {
    this(formatVersion, seed, samples, indexFingerprint, globalBatch, streams, tail, Shards.NONE);
  }

  /** The hash that the first entry is chained to: SHA-256, 64 lower-case hexadecimal digits. */
  public String hash() {
    return LedgerHash.of(this);
  }

  /**
   * The run's order.
   *
   * @throws IllegalArgumentException if the numbers do not go together
   */
  public SampleOrder order() {
    return new SampleOrder(seed, samples, globalBatch, streams, tail, shards);
  }
}
