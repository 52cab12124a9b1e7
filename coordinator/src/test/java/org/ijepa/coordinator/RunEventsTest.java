package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEventsTest {
  @TempDir Path temp;

  private final List<String> notes = new ArrayList<>();

  @Test
  void shouldSayOnceThatTheFileCannotBeWritten() throws Exception {
    RunListener next =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public void noted(String text) {
            notes.add(text);
          }
        };
    RunEvents events = new RunEvents(next, Clock.systemUTC());
    try (RunFolder folder = RunFolder.open(temp.resolve("run"), Clock.systemUTC(), "session")) {
      events.led(folder.events(), "led");
      // An interrupt closes a file that is written: from then on nothing can be.
      Thread.currentThread().interrupt();
      events.noted("one");
      assertThat(Thread.interrupted()).isTrue();
      events.noted("two");
      events.committed(new StepMetrics(0, 1, 0.5, 1e-3, 0.04, 0.996, 1, 8, 1, 0, 0, 1, 1, false));
    }
    assertThat(notes).hasSize(3).contains("one", "two");
    assertThat(notes)
        .filteredOn(note -> note.startsWith("warning: events.jsonl cannot be written ("))
        .hasSize(1);
  }
}
