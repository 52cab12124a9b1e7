package org.ijepa.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.report.Regroupings.Regrouping;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunEvent.Kind;
import org.junit.jupiter.api.Test;

final class RegroupingsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final List<RunEvent> events = new ArrayList<>();

  private void at(long seconds, Kind kind, String text) {
    events.add(new RunEvent(START.plusSeconds(seconds), kind, 5, 10, text));
  }

  @Test
  void shouldLastFromTheFirstEndToTheNextGeneration() {
    at(0, Kind.NOTED, "generation 1: 2 trainers, step 0");
    at(10, Kind.NOTED, "generation 1 ends: a/0 cannot be reached");
    at(12, Kind.NOTED, "generation 2 ends: b/0 started anew");
    at(17, Kind.NOTED, "generation 3: 1 trainers, step 6 from step-000000006-g1");

    assertThat(Regroupings.of(events))
        .containsExactly(
            new Regrouping(
                START.plusSeconds(10), 3, "a/0 cannot be reached", Duration.ofSeconds(7), 1, 6));
  }

  @Test
  void shouldCountTheLossOfACoordinator() {
    at(0, Kind.LED, "led by ijepa 1");
    at(1, Kind.NOTED, "generation 1: 2 trainers, step 0");
    at(10, Kind.LED, "led by ijepa 1");
    at(13, Kind.NOTED, "generation 2: 1 trainers, step 6");

    assertThat(Regroupings.of(events))
        .containsExactly(
            new Regrouping(
                START.plusSeconds(10), 2, "the coordinator was lost", Duration.ofSeconds(3), 1, 6));
  }

  @Test
  void shouldNotCountAStopAndAResume() {
    at(0, Kind.NOTED, "generation 1: 2 trainers, step 0");
    at(10, Kind.NOTED, "generation 1 ends: a/0 was removed");
    at(11, Kind.ENDED, "stopped");
    at(98, Kind.LED, "led by ijepa 1");
    at(99, Kind.NOTED, "generation 2: 2 trainers, step 6");

    assertThat(Regroupings.of(events)).isEmpty();
  }
}
