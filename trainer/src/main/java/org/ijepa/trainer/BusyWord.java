package org.ijepa.trainer;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.kernel.FlatTensor;

/**
 * What a rank says to those that wait for it in a collective, which would take it for dead: that it
 * is busy with something that only it does, which may take longer than a collective waits, and at
 * last that it is ready. For one thread, which rests meanwhile.
 */
final class BusyWord implements AutoCloseable {
  /** So often it is said. */
  private static final long MILLIS = 500;

  private static final float BUSY = 1;
  private static final float READY = 0;

  private final FlatTensor word;
  private final Pulse pulse;

  /**
   * A word that nobody has said yet.
   *
   * @param word of one element, which is closed with this
   * @param pulse of the thread
   */
  BusyWord(FlatTensor word, Pulse pulse) {
    this.word = word;
    this.pulse = pulse;
  }

  /** Until one rank is ready, which may be busy. */
  void meet(Collective group, int its, int host) throws CollectiveException {
    if (group.size() == 1) {
      return;
    }
    pulse.rests();
    do {
      say(its == host ? READY : BUSY, group, host);
    } while (word.get(0) != READY);
  }

  /** The others, who are at {@link #meet}, hear meanwhile that this rank lives. */
  <T> T await(Future<T> work, Collective group, int host)
      throws CollectiveException, ExecutionException, InterruptedException {
    pulse.rests();
    while (true) {
      try {
        return work.get(MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        say(BUSY, group, host);
      }
    }
  }

  /**
   * Waits between two steps for what rank 0 does alone. That the group has ended shows at its next
   * call.
   *
   * @param waiting the group whose others are at {@link #meet}, if they are by now
   */
  <T> T finish(Future<T> work, Supplier<Optional<Collective>> waiting)
      throws ExecutionException, InterruptedException {
    pulse.rests();
    while (true) {
      try {
        return work.get(MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        Optional<Collective> group = waiting.get();
        if (group.isPresent()) {
          try {
            say(BUSY, group.get(), 0);
          } catch (CollectiveException ended) {
            return work.get();
          }
        }
      }
    }
  }

  private void say(float what, Collective group, int host) throws CollectiveException {
    word.set(0, what);
    group.broadcast(word, host);
  }

  @Override
  public void close() {
    word.close();
  }
}
