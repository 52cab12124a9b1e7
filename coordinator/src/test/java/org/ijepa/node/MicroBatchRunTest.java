package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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

/** Runs whose micro-batch is {@code auto}, of groups of four images. */
final class MicroBatchRunTest {
  private static final String AUTO = "optimization.micro-batch=auto";

  @TempDir Path temp;
  private Path images;
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void drawImages() throws Exception {
    images = SmallRun.images(temp.resolve("images"));
  }

  private RunOutcome run(Settings settings, Path out, SmallDevice device) throws Exception {
    RunListener listener = SmallRun.noting(notes);
    NodePreparation preparation =
        new NodePreparation(settings, out, listener, StepProbe.NONE, device);
    try (PretrainRun run = new PretrainRun(settings.cluster(), preparation)) {
      return run.run();
    }
  }

  private Path written(int microBatch) throws Exception {
    Path out = temp.resolve("written-" + microBatch);
    SmallRun.run(
        SmallRun.settings(images, "optimization.micro-batch=" + microBatch), out, StepProbe.NONE);
    return out;
  }

  private static void assertSameRun(Path out, Path other) throws IOException {
    assertThat(SmallRun.losses(out)).hasSize(12).isEqualTo(SmallRun.losses(other));
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(other));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(other));
  }

  private static String resolved(Path out) throws IOException {
    return Files.readString(out.resolve("resolved.conf"))
        .lines()
        .filter(line -> line.startsWith("optimization.micro-batch "))
        .findFirst()
        .orElseThrow()
        .replaceAll(" +", " ");
  }

  /** The trial of a real step included, which must leave nothing behind that a run sees. */
  @Test
  void shouldHaveTheBitsOfARunWithTheNumberWrittenOut() throws Exception {
    Path out = temp.resolve("auto");
    SmallRun.run(SmallRun.settings(images, AUTO), out, StepProbe.NONE);
    assertSameRun(out, written(4));
  }

  @Test
  void shouldTakeWhatFitsTheDeviceAndSayWhatDoesNot() throws Exception {
    Path out = temp.resolve("auto");
    SmallDevice device = new SmallDevice(2);
    RunOutcome outcome = run(SmallRun.settings(images, AUTO), out, device);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(device.tried()).containsExactly(4, 2);
    assertThat(notes)
        .anyMatch(
            note ->
                note.startsWith(
                    "optimization.micro-batch = auto: a step of 4 images does not fit: "
                        + "RuntimeError: CUDA out of memory"))
        .contains("optimization.micro-batch = auto: 2 images, stored with the run");
    assertThat(resolved(out))
        .isEqualTo(
            "optimization.micro-batch = 2 # auto: the largest that fitted when it was tried");
    assertSameRun(out, written(2));
  }

  @Test
  void shouldGoOnWithTheNumberOfItsCheckpointsWithoutAnotherTrial() throws Exception {
    Path out = temp.resolve("auto");
    Settings written = SmallRun.settings(images, "optimization.micro-batch=2");
    SmallRun.stopAfter(5, written, out);
    SmallDevice full = new SmallDevice(0);
    RunOutcome outcome = run(SmallRun.settings(images, AUTO), out, full);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(full.tried()).isEmpty();
    assertThat(notes).contains("optimization.micro-batch = auto: 2 images, as stored with the run");
    assertThat(resolved(out)).isEqualTo("optimization.micro-batch = 2 # auto: stored with the run");
    assertSameRun(out, written(2));
  }

  /** Leaves a run as one that was killed before its first checkpoint. */
  private static void forgetCheckpoints(Path out) throws IOException {
    for (Path checkpoint : SmallRun.checkpoints(out)) {
      Files.delete(checkpoint.resolve("manifest.json"));
    }
    Files.delete(out.resolve("events.jsonl"));
  }

  /** As another node does, or a start after a kill. */
  @Test
  void shouldTakeWhatWasSettledBeforeTheFirstCheckpoint() throws Exception {
    Path out = temp.resolve("auto");
    Settings settings = SmallRun.settings(images, AUTO);
    run(settings, out, new SmallDevice(2));
    forgetCheckpoints(out);
    SmallDevice large = new SmallDevice(4);
    run(settings, out, large);
    assertThat(large.tried()).isEmpty();
    assertThat(resolved(out)).startsWith("optimization.micro-batch = 2 ");
  }

  @Test
  void shouldTryAnewWhereOtherSettingsTakeOtherMemory() throws Exception {
    Path out = temp.resolve("auto");
    run(SmallRun.settings(images, AUTO), out, new SmallDevice(2));
    forgetCheckpoints(out);
    SmallDevice device = new SmallDevice(4);
    run(SmallRun.settings(images, AUTO, "model.encoder=8/2/2"), out, device);
    assertThat(device.tried()).containsExactly(4);
    assertThat(resolved(out)).startsWith("optimization.micro-batch = 4 ");
  }

  @Test
  void shouldStillRefuseOtherSettingsThanTheRunBeganWith() throws Exception {
    Path out = temp.resolve("auto");
    SmallRun.stopAfter(5, SmallRun.settings(images), out);
    SmallDevice device = new SmallDevice(4);
    assertThatThrownBy(
            () -> run(SmallRun.settings(images, AUTO, "optimization.lr=0.5"), out, device))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("optimization.lr")
        .hasMessageNotContaining("micro-batch");
    assertThat(device.tried()).isEmpty();
  }

  @Test
  void shouldEndWithOneErrorWhereNothingFits() throws Exception {
    Path out = temp.resolve("auto");
    assertThatThrownBy(() -> run(SmallRun.settings(images, AUTO), out, new SmallDevice(0)))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE))
        .hasMessageContaining("optimization.micro-batch = auto: not even one image fits");
    assertThat(out.resolve("metrics.jsonl"))
        .satisfiesAnyOf(
            path -> assertThat(path).doesNotExist(), path -> assertThat(path).isEmptyFile());
  }
}
