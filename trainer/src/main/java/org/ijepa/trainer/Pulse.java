package org.ijepa.trainer;

import java.util.Optional;

/**
 * Whether a thread still moves. It says what it is at as it comes from one thing to the next;
 * somebody else looks at regular times, and knows after how many looks at the same word it hangs.
 * Looks are counted, and no clock is asked: while a process sleeps, both of them do.
 */
final class Pulse {
  private static final Sign RESTING = new Sign("", false);

  private volatile Sign sign = RESTING;

  // Of the one who looks.
  private Sign seen = RESTING;
  private int looks;

  /** A word, another one each time. */
  private static final class Sign {
    private final String work;
    private final boolean asksStore;

    Sign(String work, boolean asksStore) {
      this.work = work;
      this.asksStore = asksStore;
    }
  }

  /**
   * At what a thread has stood still.
   *
   * @param asksStore whether that is a store, for which it was waited longer
   */
  record Standstill(String work, boolean asksStore) {}

  /**
   * Looks at one word after which a thread hangs.
   *
   * @param store the same where it asks a store
   */
  record Looks(int most, int store) {}

  /**
   * The thread moves.
   *
   * @param work what it is at from here on, such as {@code update of step 41}
   */
  void works(String work) {
    sign = new Sign(work, false);
  }

  /** As above, where that may wait for a store, which tries again before it gives up. */
  void asksStore(String work) {
    sign = new Sign(work, true);
  }

  /** Nothing is to be done, or what is waited for has a bound of its own. */
  void rests() {
    sign = RESTING;
  }

  /** Looks; returns what the thread is at, if that is the same for so many looks in a row. */
  Optional<Standstill> look(Looks bounds) {
    Sign now = sign;
    looks = now == seen ? looks + 1 : 0;
    seen = now;
    int most = now.asksStore ? bounds.store() : bounds.most();
    return now != RESTING && looks >= most
        ? Optional.of(new Standstill(now.work, now.asksStore))
        : Optional.empty();
  }
}
