package org.ijepa.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Found;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.LeftOut;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.Happening.Noted;
import org.ijepa.run.RunMember.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventLogTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.006Z");

  @TempDir Path temp;

  @Test
  void shouldReadWhatItWrote() throws Exception {
    List<RunEvent> events =
        List.<Happening>of(
                new Led("led by ijepa 1"),
                new Noted("generations come and go"),
                new Found("collapse after step 9: watch"),
                new GenerationBegan(3, 2, 70, "step-000000070-g2"),
                new GenerationEnded(3, "a/0 was removed"),
                new MembersChanged(
                    4,
                    List.of(
                        new RunMember("a-0", "h:1", "coordinator,trainer", true, 0, State.TRAINING),
                        new RunMember("b-0", "h:2", "trainer", false, -1, State.LEFT_OUT),
                        new RunMember("c-0", "", "", false, -1, State.AWAY))),
                new LeftOut("b-0", "sums failed 4 times in a row: a-0: b-0 cannot be reached"),
                new CheckpointStored("step-000000077-g3", 0.25, 3.5),
                new Ended("all 80 steps done"))
            .stream()
            .map(what -> new RunEvent(NOW, what, 7, 80))
            .toList();
    Path file = temp.resolve("events.jsonl");
    try (EventLog log = EventLog.open(file)) {
      for (RunEvent event : events) {
        assertThat(log.append(event)).isTrue();
      }
    }

    assertThat(EventLog.read(file)).isEqualTo(events);
    assertThat(Files.readAllLines(file))
        .allMatch(line -> line.contains("\"kind\":") && line.contains("\"text\":"));
  }

  @Test
  void shouldSayHowManyMembersAreAtWhat() {
    RunMember one = new RunMember("a-0", "h:1", "trainer", true, 0, State.TRAINING);
    RunMember other = new RunMember("b-0", "h:2", "trainer", false, 1, State.TRAINING);
    RunMember third = new RunMember("c-0", "h:3", "trainer", false, -1, State.LEFT_OUT);
    assertThat(new MembersChanged(4, List.of(third, one, other)).text())
        .isEqualTo("members: 2 training, 1 left out");
  }

  @Test
  void shouldLeaveOutMembersOfStatesThatOnlyLaterVersionsKnow() throws Exception {
    Path file = temp.resolve("events.jsonl");
    Files.writeString(
        file,
        "{\"time\":\"2026-01-02T03:04:05.006Z\",\"kind\":\"members\",\"step\":7,\"generation\":2,\"members\":["
            + "{\"name\":\"a-0\",\"address\":\"h:1\",\"state\":\"training\",\"rank\":0},"
            + "{\"name\":\"b-0\",\"address\":\"h:2\",\"state\":\"asleep\"}]}\n");
    assertThat(EventLog.read(file))
        .extracting(RunEvent::what)
        .containsExactly(
            new MembersChanged(
                2, List.of(new RunMember("a-0", "h:1", "", false, 0, State.TRAINING))));
  }

  @Test
  void shouldTellKindsOfOlderFilesApart() throws Exception {
    Path file = temp.resolve("events.jsonl");
    String line =
        "{\"time\":\"2026-01-02T03:04:05.006Z\",\"kind\":\"%s\",\"step\":7,\"total_steps\":80,"
            + "\"text\":\"%s\"}\n";
    Files.writeString(
        file,
        line.formatted("noted", "generation 1: 1 trainers, step 0")
            + line.formatted("noted", "generation 2: 3 trainers, step 70 from step-000000070-g1")
            + line.formatted("noted", "generation 2 ends: a/0: connection reset")
            + line.formatted("noted", "ALARM: collapse after step 9: collapsing")
            + line.formatted("noted", "trainer a/0 failed: x")
            + line.formatted("checkpoint", "step-000000070-g1"));

    assertThat(EventLog.read(file))
        .extracting(RunEvent::what)
        .containsExactly(
            new GenerationBegan(1, 1, 0, ""),
            new GenerationBegan(2, 3, 70, "step-000000070-g1"),
            new GenerationEnded(2, "a/0: connection reset"),
            new Found("ALARM: collapse after step 9: collapsing"),
            new Noted("trainer a/0 failed: x"),
            new CheckpointStored("step-000000070-g1"));
  }
}
