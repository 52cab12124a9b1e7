package org.ijepa.stage;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Counts one stage of one stream, which keeps the order of its elements: one that is finished
 * before an earlier one still counts as work, as it cannot be taken. Those that are begun beyond
 * its slots wait within the stage, which counts as nothing. Safe for use from many threads; three
 * short locked sections an element.
 */
public final class StageMeter {
  private static final double SECONDS = 1e-9;

  private final int slots;
  private final LongSupplier nanoTime;
  private final ArrayDeque<Element> working = new ArrayDeque<>();

  /** Finished elements with no unfinished one before them. */
  private int ready;

  /** Whether places without an element wait for the stage after, not for the one before. */
  private boolean held;

  private long since;
  private long in;
  private long out;
  private double busy;
  private double upstream;
  private double downstream;

  /** An element that is worked on. */
  public static final class Element {
    private boolean finished;

    private Element() {}
  }

  /** A stage that holds nothing yet; its time runs from now on. */
  public StageMeter(int slots, LongSupplier nanoTime) {
    this.slots = slots;
    this.nanoTime = nanoTime;
    since = nanoTime.getAsLong();
  }

  /** Work on the next element begins. */
  public synchronized Element begin() {
    advance();
    Element element = new Element();
    working.add(element);
    in++;
    return element;
  }

  /** Work on an element is done; elements may end in any order. */
  public synchronized void finish(Element element) {
    advance();
    element.finished = true;
    while (!working.isEmpty() && working.peek().finished) {
      working.remove();
      ready++;
    }
  }

  /** The next stage has taken the oldest finished element. */
  public synchronized void taken() {
    advance();
    if (ready == 0) {
      throw new IllegalStateException("an element was taken that is not finished");
    }
    ready--;
    out++;
  }

  /**
   * Whether the stage before has something for the places without an element, which may not be
   * begun since the stages after have no room.
   */
  public synchronized void held(boolean now) {
    advance();
    held = now;
  }

  /** What was counted until now. */
  public synchronized StageCounts counts() {
    advance();
    return new StageCounts(slots, in, out, busy, upstream, downstream);
  }

  private void advance() {
    long now = nanoTime.getAsLong();
    double seconds = (now - since) * SECONDS;
    since = now;
    int atWork = Math.min(slots, working.size());
    int waiting = Math.min(slots - atWork, ready);
    double free = (slots - atWork - waiting) * seconds;
    busy += atWork * seconds;
    downstream += waiting * seconds + (held ? free : 0);
    upstream += held ? 0 : free;
  }
}
