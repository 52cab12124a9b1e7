package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.FindingLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepProbe.Point;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CollapseRunTest {
  private static final String EVERY = "evaluation.collapse.every-steps=1";
  private static final String NEVER = "evaluation.collapse.every-steps=0";
  private static final String TWO = "cluster.trainers=2";

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;

  @BeforeAll
  static void makeImages() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
  }

  private static List<FindingLog.Line> findings(Path out) throws Exception {
    return FindingLog.read(out.resolve("collapse.jsonl"));
  }

  private static final class Notes implements RunListener {
    private final List<String> texts = new ArrayList<>();

    @Override
    public void committed(StepMetrics metrics) {}

    @Override
    public synchronized void noted(String text) {
      texts.add(text);
    }
  }

  @Test
  void shouldChangeNoBitOfTheRun() throws Exception {
    Path without = temp.resolve("without");
    Path with = temp.resolve("with");
    SmallRun.run(SmallRun.settings(images, TWO, NEVER), without, StepProbe.NONE);
    SmallRun.run(SmallRun.settings(images, TWO, EVERY), with, StepProbe.NONE);

    assertThat(SmallRun.losses(with)).isEqualTo(SmallRun.losses(without));
    assertThat(SmallRun.tensors(with)).isEqualTo(SmallRun.tensors(without));
    assertThat(findings(without)).isEmpty();
    assertThat(findings(with)).extracting(FindingLog.Line::step).isEqualTo(steps(12));
  }

  private static List<Long> steps(long count) {
    return LongStream.range(0, count).boxed().toList();
  }

  @Test
  void shouldLookAfterTheFirstStepEverySoManyAndTheLast() throws Exception {
    Path out = temp.resolve("run");
    Notes notes = new Notes();
    SmallRun.run(
        SmallRun.settings(images, "evaluation.collapse.every-steps=5"), out, StepProbe.NONE, notes);

    assertThat(findings(out)).extracting(FindingLog.Line::step).containsExactly(0L, 4L, 9L, 11L);
    assertThat(notes.texts)
        .anyMatch(text -> text.startsWith("collapse after step 0: "))
        .anyMatch(text -> text.startsWith("collapse after step 11: "))
        .anyMatch(text -> text.contains("time constants in 12 steps"));
  }

  @Test
  void shouldFindTheSameOnceForEachStepWhenTrainersFail() throws Exception {
    Path undisturbed = temp.resolve("undisturbed");
    Path failing = temp.resolve("failing");
    AtomicBoolean failed = new AtomicBoolean();
    SmallRun.run(SmallRun.settings(images, EVERY), undisturbed, StepProbe.NONE);
    SmallRun.run(
        SmallRun.settings(images, EVERY),
        failing,
        (point, member, step) -> {
          if (point == Point.BACKWARD_DONE && step == 6 && failed.compareAndSet(false, true)) {
            throw new IllegalStateException("injected");
          }
        });

    assertThat(findings(failing)).extracting(FindingLog.Line::step).isEqualTo(steps(12));
    assertThat(findings(failing).stream().map(line -> line.numbers().get("rank")).toList())
        .isEqualTo(findings(undisturbed).stream().map(line -> line.numbers().get("rank")).toList());
  }

  /** A run that is sure to collapse. */
  private static Settings collapsing(String... more) {
    List<String> sets =
        new ArrayList<>(
            List.of(
                "optimization.steps=400", "optimization.ema=[0.0, 0.0]", "optimization.lr=1e-2"));
    sets.addAll(List.of(more));
    return SmallRun.settings(images, sets.toArray(String[]::new));
  }

  @Test
  void shouldStopWhereTheEncoderCollapses() throws Exception {
    Path out = temp.resolve("run");
    Notes notes = new Notes();
    RunOutcome outcome =
        SmallRun.run(
            collapsing("evaluation.collapse.every-steps=20", "evaluation.on-collapse=stop"),
            out,
            StepProbe.NONE,
            notes);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.text()).contains("collapse");
    assertThat(outcome.step()).isLessThan(400);
    assertThat(notes.texts).anyMatch(text -> text.startsWith("ALARM: collapse after step "));
    assertThat(findings(out).get(findings(out).size() - 1).word()).isEqualTo("collapsing");
    assertThat(SmallRun.newest(out)).exists();
  }

  @Test
  void shouldGoBackToTheLastCheckpointFromBeforeTheCollapse() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(
            collapsing(
                "checkpoint.every-steps=1",
                "checkpoint.keep-every=1",
                "evaluation.collapse.every-steps=5",
                "evaluation.on-collapse=rollback"),
            out,
            StepProbe.NONE);

    long healthy =
        findings(out).stream()
            .filter(line -> !line.word().equals("collapsing"))
            .mapToLong(line -> line.step() + 1)
            .max()
            .orElseThrow();
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.TRAINING_FAILED);
    assertThat(outcome.step()).isGreaterThan(healthy);
    CheckpointName newest =
        CheckpointName.parse(String.valueOf(SmallRun.newest(out).getFileName())).orElseThrow();
    // A checkpoint that falls due while another is written is left out.
    assertThat(newest.step()).isBetween(1L, healthy);
    assertThat(outcome.text())
        .contains("its newest checkpoint is " + newest)
        .contains("--set model.init.checkpoint=");

    Path again = temp.resolve("again");
    RunOutcome other =
        SmallRun.run(
            SmallRun.settings(images, "model.init.checkpoint=" + RunFolder.checkpoints(out)),
            again,
            StepProbe.NONE);
    assertThat(other.exitCode()).as(other.text()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void shouldKeepAllWhereNoCheckpointIsFromBefore() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(
            collapsing(
                "checkpoint.every-steps=400",
                "evaluation.collapse.every-steps=20",
                "evaluation.on-collapse=rollback"),
            out,
            StepProbe.NONE);

    assertThat(outcome.text()).contains("no checkpoint is from before, so all are kept");
    assertThat(SmallRun.newest(out)).exists();
  }
}
