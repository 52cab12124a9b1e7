package org.ijepa.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.report.Regroupings.Regrouping;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.RunEvent;
import org.junit.jupiter.api.Test;

final class RegroupingsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final List<RunEvent> events = new ArrayList<>();

  private void at(long seconds, Happening what) {
    events.add(new RunEvent(START.plusSeconds(seconds), what, 5, 10));
  }

  @Test
  void shouldLastFromTheFirstEndToTheNextGeneration() {
    at(0, new GenerationBegan(1, 2, 0, ""));
    at(10, new GenerationEnded(1, "a/0 cannot be reached"));
    at(12, new GenerationEnded(2, "b/0 started anew"));
    at(17, new GenerationBegan(3, 1, 6, "step-000000006-g1"));

    assertThat(Regroupings.of(events))
        .containsExactly(
            new Regrouping(
                START.plusSeconds(10), 3, "a/0 cannot be reached", Duration.ofSeconds(7), 1, 6));
  }

  @Test
  void shouldCountTheLossOfACoordinator() {
    at(0, new Led("led by ijepa 1"));
    at(1, new GenerationBegan(1, 2, 0, ""));
    at(10, new Led("led by ijepa 1"));
    at(13, new GenerationBegan(2, 1, 6, ""));

    assertThat(Regroupings.of(events))
        .containsExactly(
            new Regrouping(
                START.plusSeconds(10), 2, "the coordinator was lost", Duration.ofSeconds(3), 1, 6));
  }

  @Test
  void shouldNotCountAStopAndAResume() {
    at(0, new GenerationBegan(1, 2, 0, ""));
    at(10, new GenerationEnded(1, "a/0 was removed"));
    at(11, new Ended("stopped"));
    at(98, new Led("led by ijepa 1"));
    at(99, new GenerationBegan(2, 2, 6, ""));

    assertThat(Regroupings.of(events)).isEmpty();
  }
}
