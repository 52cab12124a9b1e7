package org.ijepa.chaos;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosTest {
  @TempDir Path run;

  private void write(boolean relays, long... pids) throws IOException {
    String nodes =
        IntStream.range(0, pids.length)
            .mapToObj(
                i ->
                    "{\"name\": \"node-%d\", \"host\": \"127.0.0.1\", \"port\": 1, \"pid\": %d}"
                        .formatted(i, pids[i]))
            .collect(Collectors.joining(", ", "[", "]"));
    Files.writeString(
        run.resolve("nodes.json"),
        "{\"restarts\": true, \"relays\": %s, \"nodes\": %s}".formatted(relays, nodes));
  }

  private Chaos chaos(Fault fault) throws IOException {
    Duration time = Duration.ofSeconds(1);
    return new Chaos(run, List.of(fault), time, 0, time, InstantSource.system(), line -> {});
  }

  @Test
  void shouldSayWhereNoNodeRuns() throws Exception {
    write(false, 0);
    assertThatThrownBy(() -> chaos(Fault.KILL))
        .isInstanceOf(Failure.class)
        .hasMessage("no node of " + run + " runs");
  }

  @Test
  void shouldCutNobodyOffWhereNothingStandsBetween() throws Exception {
    long here = ProcessHandle.current().pid();
    write(false, here, here, here);
    assertThatThrownBy(() -> chaos(Fault.PARTITION))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("nothing stands between the nodes of " + run);
  }

  @Test
  void shouldCutNobodyOffWhereNoneIsAMinority() throws Exception {
    long here = ProcessHandle.current().pid();
    write(true, here, here);
    assertThatThrownBy(() -> chaos(Fault.PARTITION))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("of the 2 nodes of " + run);
  }

  @Test
  void shouldKillNobodyWhereNoneIsAMinority() throws Exception {
    long here = ProcessHandle.current().pid();
    write(false, here, here);
    assertThatThrownBy(() -> chaos(Fault.KILL_MINORITY))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("of the 2 nodes of " + run);
  }

  @Test
  void shouldSendNoSignalToAProcessThatIsNone() {
    assertThatThrownBy(() -> Signals.send("CONT", 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
