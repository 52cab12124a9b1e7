package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.ijepa.failure.ExitCode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, killed without warning. */
class KillTest {
  private static final int KILLS = 10;
  private static final int STEPS = 120;
  private static final long TICK_MILLIS = 10;
  private static final long LIMIT_SECONDS = 120;

  @TempDir static Path shared;
  private static Path images;
  private static Path undisturbed;

  @TempDir Path temp;

  private final SplittableRandom random = new SplittableRandom(11);

  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = ProcessRun.images(shared.resolve("images"));
    undisturbed = shared.resolve("undisturbed");
    assertThat(finish(start(undisturbed))).isZero();
  }

  @SideBySide
  void shouldEndWithTheSameBitsAfterTenKills() throws Exception {
    Path killed = temp.resolve("killed");
    long reached = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      // Some die while they start, most a few steps after what the last one reached.
      long target = kill % 4 == 3 ? -1 : reached + random.nextLong(2, 11);
      reached = Math.max(reached, killAfter(start(killed), killed, target));
    }
    assertThat(reached).isBetween(10L, STEPS - 1L);
    assertThat(finish(start(killed))).isZero();

    assertUndisturbed(killed);
  }

  private static void assertUndisturbed(Path run) throws IOException {
    assertThat(ProcessRun.tensors(run, STEPS)).isEqualTo(ProcessRun.tensors(undisturbed, STEPS));
    assertThat(ProcessRun.losses(run)).hasSize(STEPS).isEqualTo(ProcessRun.losses(undisturbed));
    assertThat(ProcessRun.entries(run)).isEqualTo(ProcessRun.entries(undisturbed));
  }

  @SideBySide
  void shouldStopResumablyOnSigterm() throws Exception {
    Path stopped = temp.resolve("stopped");
    Process process = start(stopped);
    awaitStep(process, stopped, 10);
    process.destroy();
    assertThat(finish(process)).isEqualTo(ExitCode.INTERRUPTED.number());
    assertThat(stopped.resolve("report.html")).exists();
    assertThat(ProcessRun.committed(stopped)).isLessThan(STEPS);

    assertThat(finish(start(stopped))).isZero();
    assertUndisturbed(stopped);
  }

  private static void awaitStep(Process process, Path out, long step) {
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .pollInterval(TICK_MILLIS, TimeUnit.MILLISECONDS)
        .untilAsserted(
            () -> {
              if (!process.isAlive()) {
                throw new IllegalStateException("it ended with " + process.exitValue());
              }
              assertThat(ProcessRun.committed(out)).isGreaterThanOrEqualTo(step);
            });
  }

  private static Process start(Path out) throws IOException {
    Path log = out.resolveSibling(out.getFileName() + ".log");
    return ProcessRun.start(images, out, log, STEPS, List.of("cluster.trainers=2"));
  }

  private static int finish(Process process) throws InterruptedException {
    assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /** Kills once the run has committed {@code target} steps, or a random while after its start. */
  private long killAfter(Process process, Path out, long target) throws Exception {
    long delay = random.nextLong(500, 2500);
    long waited = 0;
    while (!process.waitFor(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
      waited += TICK_MILLIS;
      assertThat(waited).isLessThan(LIMIT_SECONDS * 1000);
      boolean due = target < 0 ? waited >= delay : ProcessRun.committed(out) >= target;
      if (due) {
        process.destroyForcibly().waitFor();
        return ProcessRun.committed(out);
      }
    }
    throw new AssertionError("the process ended by itself with " + process.exitValue());
  }
}
