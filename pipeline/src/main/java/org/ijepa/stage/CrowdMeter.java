package org.ijepa.stage;

import java.util.function.LongSupplier;

/**
 * Counts elements that others work on in any order, and some of which are brought in vain or never;
 * safe for use from many threads.
 */
public final class CrowdMeter {
  private static final double SECONDS = 1e-9;

  private final LongSupplier nanoTime;
  private long since;
  private int working;
  private long in;
  private long out;
  private double busy;

  /** Nobody works yet. */
  public CrowdMeter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    since = nanoTime.getAsLong();
  }

  /** Work on an element begins. */
  public synchronized void begin() {
    advance();
    working++;
    in++;
  }

  /**
   * Work on {@code elements} ends.
   *
   * @param brought those that were of use
   */
  public synchronized void end(int elements, int brought) {
    advance();
    working -= elements;
    out += brought;
  }

  /** What was counted until now; of no number of places. */
  public synchronized StageCounts counts() {
    advance();
    return new StageCounts(0, in, out, busy, 0, 0);
  }

  private void advance() {
    long now = nanoTime.getAsLong();
    busy += working * ((now - since) * SECONDS);
    since = now;
  }
}
