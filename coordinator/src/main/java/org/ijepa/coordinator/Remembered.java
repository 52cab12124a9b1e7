package org.ijepa.coordinator;

import java.util.NavigableMap;
import java.util.TreeMap;
import org.ijepa.batch.BadSample;
import org.ijepa.trainer.StepFacts;

/**
 * What members remember of the steps since the last checkpoint, and how large a message with all of
 * it is. A regrouping takes such messages, and one that is too large for the network never comes.
 */
final class Remembered {
  /** Compressed numbers of a step: about 60 measured. */
  private static final int STEP = 80;

  private static final int SUBSTITUTE = 8;

  /** Beside its texts. */
  private static final int BAD_SAMPLE = 24;

  private final long mostBytes;
  private final NavigableMap<Long, Long> bytes = new TreeMap<>();
  private long sum;

  /** Bytes at which a checkpoint is wanted next, whatever steps have come to be. */
  private long wanted;

  /**
   * Nothing is remembered.
   *
   * @param mostBytes of a message
   */
  Remembered(long mostBytes) {
    this.mostBytes = mostBytes;
    wanted = mostBytes / 4;
  }

  /** Another step is remembered. */
  void decided(StepFacts facts) {
    forgetFrom(facts.step());
    long size = STEP + (long) SUBSTITUTE * facts.substitutes().size();
    for (BadSample bad : facts.bad()) {
      size += BAD_SAMPLE + bad.key().length() + bad.cause().length() + bad.detail().length();
    }
    bytes.put(facts.step(), size);
    sum += size;
  }

  /** Steps before this one are stored. */
  void stored(long step) {
    forget(bytes.headMap(step, false));
    if (sum < mostBytes / 4) {
      wanted = mostBytes / 4;
    }
  }

  /** This step and later ones are void. */
  void forgetFrom(long step) {
    forget(bytes.tailMap(step, true));
  }

  private void forget(NavigableMap<Long, Long> some) {
    sum -= some.values().stream().mapToLong(Long::longValue).sum();
    some.clear();
  }

  /** Number of steps. */
  int steps() {
    return bytes.size();
  }

  /** Whether a checkpoint is wanted, however few steps after the last one; said once in a while. */
  boolean wantsCheckpoint() {
    if (sum < wanted) {
      return false;
    }
    wanted = sum + mostBytes / 16;
    return true;
  }

  /** Whether it is nearly too much for a message. */
  boolean isFull() {
    return sum >= mostBytes - mostBytes / 4;
  }
}
