package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
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
    Settings settings = SmallRun.settings(images, "cluster.hang-timeout=5s");
    Path out = temp.resolve("run");
    Path undisturbed = temp.resolve("undisturbed");
    List<String> notes = new CopyOnWriteArrayList<>();
    CountDownLatch end = new CountDownLatch(1);
    StepProbe hangs =
        (point, member, step) -> {
          if (point == StepProbe.Point.BACKWARD_DONE && step == STEP) {
            awaitUninterruptibly(end);
          }
        };
    RunOutcome outcome;
    try {
      outcome = SmallRun.run(settings, out, hangs, SmallRun.noting(notes));
    } finally {
      end.countDown();
    }

    String reason = "rank 0 has not moved for 5 s (cluster.hang-timeout) at step 6, backward";
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(outcome.text())
        .contains("-0 hangs, and with it this node ends: " + reason + "; ")
        .endsWith("the same command goes on from the last checkpoint");
    assertThat(notes).anyMatch(note -> note.endsWith("-0 failed: " + reason));
    assertThat(SmallRun.run(settings, out, StepProbe.NONE).exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.run(settings, undisturbed, StepProbe.NONE).exitCode())
        .isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(undisturbed));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // As a call into a library, which does not hear of it.
        continue;
      }
    }
  }
}
