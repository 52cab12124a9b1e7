package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trainer that never comes to the end of a step, in a run that has no other. */
class HungTrainerRunTest {
  private static final long STEP = 6;

  @TempDir Path temp;

  @Test
  void shouldSayWhereItHangsAndGoOnWhenItIsStartedAgain() throws Exception {
    Path images = SmallRun.images(temp.resolve("images"));
    Settings settings = SmallRun.settings(images, "cluster.hang-timeout=30s");
    Path out = temp.resolve("run");
    Path undisturbed = temp.resolve("undisturbed");
    List<String> notes = new CopyOnWriteArrayList<>();
    List<String> hung = new CopyOnWriteArrayList<>();
    CountDownLatch end = new CountDownLatch(1);
    StepProbe hangs =
        (point, member, step) -> {
          if (point == StepProbe.Point.BACKWARD_DONE && step == STEP) {
            hang(end);
          }
        };
    RunOutcome outcome;
    try {
      outcome = SmallRun.run(settings, out, hangs, new Noting(notes, hung));
    } finally {
      end.countDown();
    }

    String reason = "rank 0 has not moved for 30 s (cluster.hang-timeout) at step 6, backward";
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(outcome.text())
        .contains("-0 hangs, and with it this node ends: " + reason + "; ")
        .endsWith("the same command goes on from the last checkpoint");
    assertThat(hung).singleElement().asString().endsWith("-0: " + reason);
    assertThat(notes).anyMatch(note -> note.endsWith("-0 failed: " + reason));
    assertThat(SmallRun.run(settings, out, StepProbe.NONE).exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.run(settings, undisturbed, StepProbe.NONE).exitCode())
        .isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(undisturbed));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
  }

  /** Collects what is noted, and what hangs. */
  private record Noting(List<String> notes, List<String> hung) implements RunListener {
    @Override
    public void committed(StepMetrics metrics) {}

    @Override
    public void noted(String text) {
      notes.add(text);
    }

    @Override
    public void hung(String why) {
      hung.add(why);
    }
  }

  /** As a call into a library, which hears of no interruption. */
  private static void hang(CountDownLatch until) {
    while (until.getCount() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
