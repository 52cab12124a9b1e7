package org.ijepa.coordinator;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What happened in one schedule, or in many together. */
final class SimulatedTally {
  private final Map<Count, Long> counts = new EnumMap<>(Count.class);

  /** What is counted; faults last. */
  enum Count {
    SCHEDULES,
    EVENTS,
    STEPS_COMMITTED,
    GENERATIONS_FORMED,
    CHECKPOINTS_STORED,
    MEMBERS_LEFT_OUT,
    MESSAGES_LOST,
    MESSAGES_REPEATED,
    MESSAGES_OVERTAKEN,
    MEMBERS_CRASHED,
    MEMBERS_STARTED_AGAIN,
    MEMBERS_UNREACHABLE,
    NODES_CUT_OFF,
    WORKERS_HUNG,
    LINKS_BROKEN,
    SUMS_FAILED,
    COORDINATORS_DIED,
    COORDINATORS_REPLACED_AND_ALIVE,
    CHECKPOINTS_NOT_WRITTEN,
    WRITERS_ASLEEP,
    STOPS_ASKED,
    INPUTS_FAILED,
    SAVED_WITHOUT_INPUT,
    LEDGERS_DAMAGED,
    CHECKPOINTS_SET_ASIDE
  }

  void count(Count what) {
    counts.merge(what, 1L, Long::sum);
  }

  long of(Count what) {
    return counts.getOrDefault(what, 0L);
  }

  void add(SimulatedTally other) {
    other.counts.forEach((what, more) -> counts.merge(what, more, Long::sum));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SimulatedTally tally && counts.equals(tally.counts);
  }

  @Override
  public int hashCode() {
    return counts.hashCode();
  }

  /** A line each. */
  @Override
  public String toString() {
    return Arrays.stream(Count.values())
        .map(
            what ->
                "%,14d %s"
                    .formatted(of(what), what.name().toLowerCase(Locale.ROOT).replace('_', ' ')))
        .collect(Collectors.joining("\n"));
  }
}
