package org.ijepa.chaos;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.ijepa.failure.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosTest {
  @Test
  void shouldSayWhereNoNodeRuns(@TempDir Path run) throws Exception {
    Files.writeString(
        run.resolve("nodes.json"),
        """
        {"restarts": true, "nodes": [{"name": "node-0", "host": "127.0.0.1", "port": 1, "pid": 0}]}
        """);
    Duration time = Duration.ofSeconds(1);
    assertThatThrownBy(
            () ->
                new Chaos(
                    run, List.of(Fault.KILL), time, 0, time, InstantSource.system(), line -> {}))
        .isInstanceOf(Failure.class)
        .hasMessage("no node of " + run + " runs");
  }
}
