package org.ijepa.store;

/**
 * What became of reads that were sent twice because the first request was slow.
 *
 * @param reads that were answered
 * @param sent second requests
 * @param won second requests whose answer came first
 */
public record Hedges(long reads, long sent, long won) {
  /** Nothing was read. */
  public static final Hedges NONE = new Hedges(0, 0, 0);

  /** Both together. */
  public Hedges plus(Hedges later) {
    return new Hedges(reads + later.reads, sent + later.sent, won + later.won);
  }

  /** What came since {@code earlier}. */
  public Hedges minus(Hedges earlier) {
    return new Hedges(reads - earlier.reads, sent - earlier.sent, won - earlier.won);
  }
}
