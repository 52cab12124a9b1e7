package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepProbe.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs of a model of 3 million weights, whose gradient is summed in parts. */
final class OverlapRunTest {
  @TempDir Path temp;

  private Settings settings(int trainers) throws Exception {
    return SmallRun.settings(
        SmallRun.images(temp.resolve("images")),
        "model.encoder=256/4/4",
        "cluster.trainers=" + trainers);
  }

  /** At the first point most of its parts are summed or on the way, and nothing is held. */
  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      names = {"BACKWARD_DONE", "REDUCED", "WEIGHTS_UPDATED"})
  void shouldEndWithTheSameBitsWhereverATrainerIsLost(Point where) throws Exception {
    Path undisturbed = temp.resolve("undisturbed");
    SmallRun.run(settings(2), undisturbed, StepProbe.NONE);

    FailsOnce probe = new FailsOnce(where, "trainer-1", 5);
    Path out = temp.resolve("run");
    RunOutcome outcome = SmallRun.run(settings(2), out, probe);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(probe.hasFailed()).isTrue();
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(undisturbed));
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(undisturbed));
  }

  /** A step has four micro-batches. */
  @Test
  void shouldTakeTrainersWithoutAMicroBatch() throws Exception {
    Map<String, Set<Long>> steps = new ConcurrentHashMap<>();
    StepProbe probe =
        (point, member, step) -> {
          if (point == Point.TARGET_MOVED) {
            steps.computeIfAbsent(member.name(), name -> ConcurrentHashMap.newKeySet()).add(step);
          }
        };
    RunOutcome outcome = SmallRun.run(settings(5), temp.resolve("run"), probe);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(steps).hasSize(5).allSatisfy((name, its) -> assertThat(its).hasSize(12));
  }
}
