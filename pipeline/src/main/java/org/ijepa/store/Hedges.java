package org.ijepa.store;

/**
 * How often a store was asked again: what became of reads that were sent twice because the first
 * request was slow, and how much failed and was repeated.
 *
 * @param reads that were answered
 * @param sent second requests
 * @param won second requests whose answer came first
 * @param retries attempts after one that failed for a passing reason
 */
public record Hedges(long reads, long sent, long won, long retries) {
  /** Nothing was read. */
  public static final Hedges NONE = new Hedges(0, 0, 0, 0);

  /** Of reads that did not fail. */
  Hedges(long reads, long sent, long won) {
    this(reads, sent, won, 0);
  }

  /** The same after so many retries. */
  Hedges retried(long times) {
    return new Hedges(reads, sent, won, times);
  }

  /** Both together. */
  public Hedges plus(Hedges later) {
    return new Hedges(
        reads + later.reads, sent + later.sent, won + later.won, retries + later.retries);
  }

  /** What came since {@code earlier}. */
  public Hedges minus(Hedges earlier) {
    return new Hedges(
        reads - earlier.reads, sent - earlier.sent, won - earlier.won, retries - earlier.retries);
  }
}
