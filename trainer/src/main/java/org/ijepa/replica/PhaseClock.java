package org.ijepa.replica;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Adds up the time that the caller of each phase is busy with it. A GPU works on after it was told
 * to: there this is the time of the telling, and only the whole step, which ends when {@link
 * Replica#settled} has been read, has a time of its own.
 */
final class PhaseClock {
  private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);

  <T> T timed(Phase phase, Supplier<T> work) {
    long began = System.nanoTime();
    T result = work.get();
    nanos.merge(phase, System.nanoTime() - began, Long::sum);
    return result;
  }

  void timed(Phase phase, Runnable work) {
    long began = System.nanoTime();
    work.run();
    nanos.merge(phase, System.nanoTime() - began, Long::sum);
  }

  /** Nanoseconds of each phase so far. */
  Map<Phase, Long> nanos() {
    return Map.copyOf(nanos);
  }
}
