package org.ijepa.trainer;

import java.util.Optional;

/**
 * Whether a thread still moves. It says what it is at as it comes from one thing to the next;
 * somebody else looks at regular times, and knows after how many looks at the same word it hangs.
 * Looks are counted, and no clock is asked: while a process sleeps, both of them do.
 */
final class Pulse {
  private static final Sign RESTING = new Sign("");

  private volatile Sign sign = RESTING;

  // Of the one who looks.
  private Sign seen = RESTING;
  private int looks;

  /** A word, another one each time. */
  private static final class Sign {
    private final String work;

    Sign(String work) {
      this.work = work;
    }
  }

  /**
   * The thread moves.
   *
   * @param work what it is at from here on, such as {@code update of step 41}
   */
  void works(String work) {
    sign = new Sign(work);
  }

  /** Nothing is to be done, or what is waited for has a bound of its own. */
  void rests() {
    sign = RESTING;
  }

  /** Looks; returns what the thread is at, if that is the same for so many looks in a row. */
  Optional<String> look(int most) {
    Sign now = sign;
    looks = now == seen ? looks + 1 : 0;
    seen = now;
    return now != RESTING && looks >= most ? Optional.of(now.work) : Optional.empty();
  }
}
