package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same command again, where something around the run has changed meanwhile. */
final class SecondStartTest {
  private static final String AUTO = "optimization.precision=auto";

  @TempDir Path temp;
  private Path images;
  private Path out;
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

  private final RunListener listener = SmallRun.noting(notes);

  @BeforeEach
  void drawImages() throws Exception {
    images = SmallRun.images(temp.resolve("images"));
    out = temp.resolve("run");
  }

  private RunOutcome run(Settings settings) throws Exception {
    RunOutcome outcome = SmallRun.run(settings, out, StepProbe.NONE, listener);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    return outcome;
  }

  @Test
  void shouldKeepTheRecordsOfARunWhoseCheckpointsAreNotThere() throws Exception {
    run(SmallRun.settings(images));
    byte[] ledger = Files.readAllBytes(out.resolve("ledger.jsonl"));
    byte[] metrics = Files.readAllBytes(out.resolve("metrics.jsonl"));
    Settings elsewhere =
        SmallRun.settings(images, "checkpoint.uri=\"" + temp.resolve("elsewhere") + "\"");
    assertThatThrownBy(() -> run(elsewhere))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("holds the records of a run (its last: step-000000012-g1)")
        .hasMessageContaining("no checkpoint in " + temp.resolve("elsewhere"));

    Files.move(out.resolve("checkpoints"), temp.resolve("moved"));
    assertThatThrownBy(() -> run(SmallRun.settings(images))).isInstanceOf(Failure.class);
    assertThat(out.resolve("ledger.jsonl")).hasBinaryContent(ledger);
    assertThat(out.resolve("metrics.jsonl")).hasBinaryContent(metrics);

    Settings found = SmallRun.settings(images, "checkpoint.uri=\"" + temp.resolve("moved") + "\"");
    assertThat(run(found).text()).startsWith("all 12 steps were done already");
  }

  @Test
  void shouldBeginAgainAfterAKillBeforeTheFirstCheckpoint() throws Exception {
    SmallRun.stopAfter(2, SmallRun.settings(images), out);
    Files.delete(out.resolve("events.jsonl"));
    SmallRun.checkpoints(out).forEach(each -> each.resolve("manifest.json").toFile().delete());
    run(SmallRun.settings(images));
    assertThat(SmallRun.losses(out)).hasSize(12);
  }

  @Test
  void shouldGoOnInThePrecisionThatTheRunBeganIn() throws Exception {
    SmallRun.stopAfter(5, SmallRun.settings(images, "optimization.precision=fp32"), out);
    run(SmallRun.settings(images, AUTO));
    assertThat(Files.readString(out.resolve("resolved.conf")))
        .containsPattern("optimization.precision += fp32 +# auto: stored");

    Path second = temp.resolve("second");
    Settings bf16 = SmallRun.settings(images, "optimization.precision=bf16");
    SmallRun.stopAfter(5, bf16, second);
    out = second;
    run(SmallRun.settings(images, AUTO));
    assertThat(Files.readString(out.resolve("resolved.conf")))
        .containsPattern("optimization.precision += bf16 +# auto: ");
    assertThat(notes)
        .anyMatch(
            note -> note.matches("optimization.precision = auto: \\w+, as stored with the run"));
  }

  @Test
  void shouldNeedTheRunThatItBeganWithNoMore() throws Exception {
    Path first = temp.resolve("first");
    SmallRun.run(SmallRun.settings(images), first, StepProbe.NONE);
    Settings settings =
        SmallRun.settings(
            images, "seed=1", "model.init.checkpoint=\"" + first.resolve("checkpoints") + "\"");
    SmallRun.stopAfter(5, settings, out);
    Files.move(first, temp.resolve("gone"));
    run(settings);
    assertThat(SmallRun.losses(out)).hasSize(12);
  }
}
