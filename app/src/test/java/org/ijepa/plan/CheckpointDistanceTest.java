package org.ijepa.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.ijepa.settings.MachineSettings;
import org.junit.jupiter.api.Test;

final class CheckpointDistanceTest {
  private static final double DAY = 86_400;

  private static MachineSettings machine(String... sets) {
    return MachineSettings.load(Optional.empty(), List.of(sets));
  }

  @Test
  void shouldCountNodesAmongWhatLosesTheStateOnlyWhereTheyDo() {
    MachineSettings machine =
        machine("machine.failures.node-mtbf=10 days", "machine.failures.outage-mtbf=90 days");
    assertThat(CheckpointDistance.mtbf(machine.failures(), 1)).isCloseTo(9 * DAY, within(1.0));
    assertThat(CheckpointDistance.mtbf(machine.failures(), 4)).isCloseTo(90 * DAY, within(1.0));
    MachineSettings gang =
        machine(
            "machine.failures.node-mtbf=10 days",
            "machine.failures.outage-mtbf=90 days",
            "machine.failures.survivors-go-on=false");
    assertThat(CheckpointDistance.mtbf(gang.failures(), 4)).isCloseTo(DAY / 0.411, within(200.0));
  }

  @Test
  void shouldTakeCostsFromTheBytes() {
    MachineSettings machine =
        machine("machine.checkpoint.copy-bandwidth=2e9", "machine.checkpoint.write-bandwidth=1e8");
    CheckpointDistance distance = CheckpointDistance.of(1e10, 1_000, machine, 1);
    assertThat(distance.copy()).isEqualTo(5);
    assertThat(distance.write()).isEqualTo(100);
    assertThat(distance.cost()).isEqualTo(5);
    assertThat(distance.lost()).isEqualTo(500);
    // The next copy waits until the one before is written.
    assertThat(CheckpointDistance.of(1e10, 30, machine, 1).cost()).isEqualTo(5 + 70);
  }

  /** A copy of 4 s, a loss of all every day: Young's distance is sqrt(2 x 4 x 86,400) = 831 s. */
  private static CheckpointDistance daily(double interval) {
    return new CheckpointDistance(interval, 4, 10, DAY);
  }

  @Test
  void shouldBeFarOffWhereAnotherDistanceMakesTheRunShorterByMoreThanAHundredth() {
    assertThat(daily(831).young()).isCloseTo(831.4, within(0.1));
    assertThat(daily(831).daly()).isCloseTo(828, within(1.0));
    assertThat(daily(831).excess()).isCloseTo(0, within(1e-4));
    for (double near : new double[] {300, 831, 2_000}) {
      assertThat(daily(near).isFarOff()).isFalse();
    }
    for (double far : new double[] {5, 100, 6_000, DAY}) {
      assertThat(daily(far).isFarOff()).as("%s", far).isTrue();
      assertThat(daily(far).excess()).isGreaterThan(0.01);
    }
    // A failure a day undoes half a day, and then another.
    assertThat(daily(DAY).excess()).isGreaterThan(0.5);
  }
}
