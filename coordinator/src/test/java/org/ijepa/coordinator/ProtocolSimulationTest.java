package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code -Dijepa.schedules=N} runs more schedules; a failing seed runs again by itself. */
class ProtocolSimulationTest {
  private static final long SCHEDULES = Long.getLong("ijepa.schedules", 5000);
  private static final long FIRST = Long.getLong("ijepa.schedule", 0);

  @Test
  void shouldKeepReplicasAndLedgerTogetherInEverySchedule() {
    for (long seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
      try {
        new ProtocolSimulation(seed, false).run();
      } catch (ProtocolSimulation.Violation e) {
        throw new AssertionError("schedule " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  @Test
  void shouldFindPlantedFault() {
    long found = -1;
    for (long seed = 0; seed < 2000 && found < 0; seed++) {
      try {
        new ProtocolSimulation(seed, true).run();
      } catch (ProtocolSimulation.Violation e) {
        found = seed;
      }
    }
    assertThat(found).isNotNegative();
  }
}
