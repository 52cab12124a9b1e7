package org.ijepa.ledger;

import java.util.List;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.order.Tail;

/**
 * All that determines which sample stands at which place of a run: the first line of its ledger.
 *
 * @param formatVersion of the ledger, {@link #FORMAT_VERSION}
 * @param seed of the run
 * @param sources of its samples, one at least
 * @param indexFingerprint of the index, or of all sources' indexes together, in lower-case
 *     hexadecimal digits
 * @param globalBatch samples a step
 * @param streams of the order
 * @param tail what becomes of samples that fill no global batch
 */
public record LedgerHeader(
    int formatVersion,
    long seed,
    List<Source> sources,
    String indexFingerprint,
    int globalBatch,
    int streams,
    Tail tail) {
  /** The one version there is. */
  public static final int FORMAT_VERSION = 1;

  /**
   * A source of samples.
   *
   * @param share its part in the run, and how its samples stand
   * @param indexFingerprint of its index, in lower-case hexadecimal digits
   */
  public record Source(SourceShare share, String indexFingerprint) {
    /** Checks the fingerprint. */
    public Source {
      requireHexadecimal(indexFingerprint);
    }
  }

  /**
   * Checks version and fingerprint; whether the numbers go together is checked by {@link #order}.
   *
   * @throws IllegalArgumentException if one is not as it must be
   */
  public LedgerHeader {
    sources = List.copyOf(sources);
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "ledger format version "
              + formatVersion
              + " is unknown: this program reads version "
              + FORMAT_VERSION);
    }
    requireHexadecimal(indexFingerprint);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("a ledger without a source of samples");
    }
    if (sources.size() == 1 && !indexFingerprint.equals(sources.get(0).indexFingerprint())) {
      throw new IllegalArgumentException("the only source's fingerprint is not the ledger's");
    }
  }

  /** The header of a run with one source. */
  public LedgerHeader(
      int formatVersion,
      long seed,
      long samples,
      String indexFingerprint,
      int globalBatch,
      int streams,
      Tail tail,
      Shards shards) {
    this(
        formatVersion,
        seed,
        List.of(new Source(SourceShare.only(samples, shards), indexFingerprint)),
        indexFingerprint,
        globalBatch,
        streams,
        tail);
  }

  private static void requireHexadecimal(String fingerprint) {
    if (!fingerprint.matches("[0-9a-f]+")) {
      throw new IllegalArgumentException(
          "index fingerprint \"" + fingerprint + "\" is not hexadecimal");
    }
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
    return new SampleOrder(
        seed, sources.stream().map(Source::share).toList(), globalBatch, streams, tail);
  }
}
