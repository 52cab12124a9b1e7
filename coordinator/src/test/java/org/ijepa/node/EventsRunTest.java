package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.ijepa.run.EventLog;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.Happening.Noted;
import org.ijepa.run.RunEvent;
import org.ijepa.run.RunMember;
import org.ijepa.run.RunMember.State;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.version.ProgramVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventsRunTest {
  @TempDir Path temp;

  @Test
  void shouldWriteDownWhatHappenedAndKeepItWhenTheRunGoesOn() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Files.createFile(images.resolve("notes.txt"));
    Path out = temp.resolve("run");
    Path file = out.resolve("events.jsonl");
    SmallRun.run(SmallRun.settings(images, "optimization.steps=6"), out, StepProbe.NONE);
    List<RunEvent> first = EventLog.read(file);

    assertThat(first).filteredOn(event -> event.what() instanceof Led).hasSize(1);
    assertThat(first)
        .filteredOn(event -> event.what() instanceof CheckpointStored)
        .extracting(RunEvent::text)
        .anyMatch(text -> text.startsWith("step-000000004-g"))
        .anyMatch(text -> text.startsWith("step-000000006-g"));
    assertThat(first)
        .extracting(RunEvent::what)
        .filteredOn(CheckpointStored.class::isInstance)
        .extracting(CheckpointStored.class::cast)
        .allMatch(stored -> stored.stallSeconds() > 0 && stored.writeSeconds() > 0);
    assertThat(first)
        .filteredOn(
            event -> event.what() instanceof Noted && event.text().startsWith("40 images under "))
        .singleElement()
        .asString()
        .contains(images + ", 1 other file is ignored, the first is notes.txt, 5 steps an epoch");
    assertThat(first)
        .extracting(RunEvent::what)
        .filteredOn(what -> what instanceof MembersChanged)
        .extracting(what -> ((MembersChanged) what).members())
        .anySatisfy(
            members -> {
              assertThat(members).extracting(RunMember::name).containsExactly("trainer-0");
              RunMember member = members.get(0);
              assertThat(member.state()).isEqualTo(State.TRAINING);
              assertThat(member.rank()).isZero();
              assertThat(member.leads()).isTrue();
              assertThat(member.address()).matches("127\\.0\\.0\\.1:\\d+");
              assertThat(member.role()).isEqualTo("coordinator,trainer");
            });
    RunEvent last = first.get(first.size() - 1);
    assertThat(last.what()).isInstanceOf(Ended.class);
    assertThat(last.step()).isEqualTo(6);
    assertThat(last.totalSteps()).isEqualTo(6);

    // As if a crash had torn the last line, and the end of the run with it.
    Files.writeString(file, "{\"time\": \"20", StandardOpenOption.APPEND);
    for (Path checkpoint : SmallRun.checkpoints(out)) {
      if (checkpoint.getFileName().toString().startsWith("step-000000006")) {
        Files.delete(checkpoint.resolve("manifest.json"));
      }
    }
    SmallRun.run(SmallRun.settings(images, "optimization.steps=6"), out, StepProbe.NONE);
    List<RunEvent> both = EventLog.read(file);

    assertThat(first).noneMatch(event -> event.text().startsWith("optimization.precision"));
    assertThat(both).startsWith(first.toArray(RunEvent[]::new));
    assertThat(both).filteredOn(event -> event.what() instanceof Led).hasSize(2);
    assertThat(both).filteredOn(event -> event.what() instanceof Ended).hasSize(2);
  }

  @Test
  void shouldNameTheVersionsThatItWasMadeWith() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Path out = temp.resolve("run");
    SmallRun.run(SmallRun.settings(images, "optimization.steps=1"), out, StepProbe.NONE);

    String versions =
        "ijepa %s, java %s, djl %s, pytorch %s, "
            .formatted(
                ProgramVersion.text(),
                Runtime.version(),
                Engine.getDjlVersion(),
                Engine.getInstance().getVersion());
    assertThat(versions).containsPattern("^ijepa \\d+\\..*, djl \\d+\\..*, pytorch \\d+\\.\\d+\\.");
    assertThat(EventLog.read(out.resolve("events.jsonl")))
        .filteredOn(event -> event.what() instanceof Led)
        .singleElement()
        .extracting(RunEvent::text)
        .asString()
        .startsWith("led by " + versions);
    assertThat(Files.readString(SmallRun.newest(out).resolve("state.json")))
        .contains("\"versions\" : \"" + versions);
  }

  @Test
  void shouldSayOnceAtTheStartWhichPrecisionAutoIs() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Path out = temp.resolve("run");
    Settings auto =
        SmallRun.settings(
            images, "cluster.device=cpu", "optimization.precision=auto", "optimization.steps=2");
    SmallRun.run(auto, out, StepProbe.NONE);

    boolean bfloat16 = Processor.hasBfloat16();
    String expected =
        bfloat16
            ? "bf16, as this CPU multiplies bf16"
            : "fp32, as this CPU does not multiply bf16 (" + Processor.BFLOAT16 + ")";
    assertThat(EventLog.read(out.resolve("events.jsonl")))
        .filteredOn(event -> event.text().startsWith("optimization.precision"))
        .singleElement()
        .extracting(RunEvent::text)
        .isEqualTo("optimization.precision = auto: " + expected);
    assertThat(Files.readString(out.resolve("resolved.conf")))
        .containsPattern(
            "optimization.precision += " + (bfloat16 ? "bf16" : "fp32") + " +# auto: this CPU ");
  }
}
