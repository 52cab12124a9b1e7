package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.ijepa.coordinator.ProtocolSimulation.Planted;
import org.ijepa.coordinator.ProtocolSimulation.Violation;
import org.ijepa.coordinator.SimulatedTally.Count;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code -Dijepa.schedules=N} runs more schedules than 100,000; {@code -Dijepa.schedule=SEED}
 * begins with that seed, so that a failing one runs again by itself.
 */
class ProtocolSimulationTest {
  private static final long FEW = 5000;
  private static final long MANY = Long.getLong("ijepa.schedules", 100_000);
  private static final long FIRST = Long.getLong("ijepa.schedule", 0);

  /** Schedules that one thread runs in a row. */
  private static final long PART = 250;

  /** A seed whose schedule broke something. */
  private record Found(long seed, Violation violation) {
    String text() {
      return "schedule " + seed + ":\n" + violation.getMessage();
    }
  }

  /** What came of some schedules: how much was done, or the lowest seed that failed. */
  private record Explored(SimulatedTally tally, Optional<Found> found) {}

  /** Runs schedules until one fails. */
  private static Explored inARow(long first, long end, Planted planted) {
    SimulatedTally tally = new SimulatedTally();
    for (long seed = first; seed < end; seed++) {
      try {
        tally.add(new ProtocolSimulation(seed, planted).run());
      } catch (Violation e) {
        return new Explored(tally, Optional.of(new Found(seed, e)));
      }
    }
    return new Explored(tally, Optional.empty());
  }

  /** Runs schedules on several threads; what comes of it does not depend on how many. */
  private static Explored atOnce(long first, long count, int threads, Planted planted)
      throws Exception {
    AtomicLong lowest = new AtomicLong(Long.MAX_VALUE);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Explored>> parts = new ArrayList<>();
      for (long from = first; from < first + count; from += PART) {
        long begin = from;
        long end = Math.min(first + count, from + PART);
        parts.add(
            pool.submit(
                () -> {
                  if (begin > lowest.get()) {
                    return new Explored(new SimulatedTally(), Optional.empty());
                  }
                  Explored part = inARow(begin, end, planted);
                  part.found().ifPresent(found -> lowest.accumulateAndGet(found.seed(), Math::min));
                  return part;
                }));
      }
      SimulatedTally tally = new SimulatedTally();
      for (Future<Explored> part : parts) {
        Explored explored = part.get();
        tally.add(explored.tally());
        if (explored.found().isPresent()) {
          return new Explored(tally, explored.found());
        }
      }
      return new Explored(tally, Optional.empty());
    } finally {
      pool.shutdownNow();
    }
  }

  private static void shouldHold(long count) throws Exception {
    long started = System.nanoTime();
    Explored explored =
        atOnce(FIRST, count, Runtime.getRuntime().availableProcessors(), Planted.NONE);
    explored.found().ifPresent(found -> fail(found.text(), found.violation()));
    System.out.printf(
        "protocol simulation, %.1f s:%n%s%n",
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started) / 1e3, explored.tally());
    assertThat(explored.tally().of(Count.SCHEDULES)).isEqualTo(count);
  }

  @Test
  void shouldKeepReplicasAndLedgerTogetherInEverySchedule() throws Exception {
    shouldHold(Math.min(FEW, MANY));
  }

  @Test
  @Tag("slow")
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void shouldKeepReplicasAndLedgerTogetherInManySchedules() throws Exception {
    shouldHold(MANY);
  }

  @Test
  void shouldComeToTheSameOnAnyNumberOfThreads() throws Exception {
    Explored alone = atOnce(0, 1500, 1, Planted.NONE);
    Explored together = atOnce(0, 1500, 3, Planted.NONE);
    Explored faulty = atOnce(0, 1500, 1, Planted.UNREACHABLE_IS_REMOVED);
    Explored faultyTogether = atOnce(0, 1500, 3, Planted.UNREACHABLE_IS_REMOVED);

    assertThat(together.tally()).isEqualTo(alone.tally());
    assertThat(faultyTogether.found().map(Found::text)).isEqualTo(faulty.found().map(Found::text));
    assertThat(faulty.found()).isPresent();
  }

  /** A simulation in which nothing goes wrong proves nothing. */
  @Test
  void shouldMeetEveryFault() {
    SimulatedTally tally = inARow(0, 1000, Planted.NONE).tally();
    for (Count what : Count.values()) {
      assertThat(tally.of(what)).as(what.name()).isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(value = Planted.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void shouldFindPlantedFault(Planted planted) {
    Found found = inARow(0, 20_000, planted).found().orElseThrow();
    String text = found.text();
    System.out.println("planted " + planted + ", found in " + text);

    Invariant broken = found.violation().invariant();
    assertThat(broken).isIn(planted.breaks());
    assertThat(text.lines().reduce("", (before, line) -> line))
        .contains("***")
        .contains(broken + " is broken: ");
    assertThat(text.lines().count()).isGreaterThan(5);
  }
}
