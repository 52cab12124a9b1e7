package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.ijepa.coordinator.ProtocolSimulation.Planted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code -Dijepa.schedules=N} runs more schedules; a failing seed runs again by itself. */
class ProtocolSimulationTest {
  private static final long SCHEDULES = Long.getLong("ijepa.schedules", 5000);
  private static final long FIRST = Long.getLong("ijepa.schedule", 0);

  @Test
  void shouldKeepReplicasAndLedgerTogetherInEverySchedule() {
    for (long seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
      try {
        new ProtocolSimulation(seed, Planted.NONE).run();
      } catch (ProtocolSimulation.Violation e) {
        throw new AssertionError("schedule " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = Planted.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void shouldFindPlantedFault(Planted planted) {
    long found = -1;
    for (long seed = 0; seed < 20_000 && found < 0; seed++) {
      try {
        new ProtocolSimulation(seed, planted).run();
      } catch (ProtocolSimulation.Violation e) {
        found = seed;
      }
    }
    assertThat(found).isNotNegative();
  }
}
