package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepProbe.Point;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of two trainers whose gradients are summed in bfloat16. */
final class RoundedRunTest {
  private static final int STEPS = 60;

  /** Of a loss; 4e-6 was seen. */
  private static final double TOLERANCE = 1e-4;

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path images;
  private static Path exact;
  private static Path rounded;

  private static Settings settings(String... more) {
    List<String> sets = new ArrayList<>();
    sets.add("optimization.steps=" + STEPS);
    sets.add("checkpoint.every-steps=20");
    sets.addAll(Arrays.asList(more));
    return SmallRun.settings(images, sets.toArray(String[]::new));
  }

  private static Settings settings(int trainers, String precision) {
    return settings(
        "cluster.trainers=" + trainers, "optimization.reduction-precision=" + precision);
  }

  @BeforeAll
  static void runBoth() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    exact = shared.resolve("exact");
    rounded = shared.resolve("rounded");
    for (Path out : List.of(exact, rounded)) {
      Settings settings = settings(2, out.equals(exact) ? "fp32" : "bf16");
      RunOutcome outcome = SmallRun.run(settings, out, StepProbe.NONE);
      assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    }
  }

  @Test
  void shouldTrainNearlyAsWithExactSums() throws Exception {
    List<Double> losses = SmallRun.losses(rounded);
    List<Double> exactly = SmallRun.losses(exact);
    assertThat(losses).hasSize(STEPS).isNotEqualTo(exactly);
    // Nothing has been summed before the first.
    assertThat(losses.get(0)).isEqualTo(exactly.get(0));
    for (int i = 0; i < STEPS; i++) {
      double loss = exactly.get(i);
      assertThat(losses.get(i)).isCloseTo(loss, within(TOLERANCE * loss));
    }
  }

  @Test
  void shouldGoOnWithTheSameBitsAfterAStop() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome stopped = SmallRun.stopAfter(25, settings(2, "bf16"), out);
    assertThat(stopped.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    SmallRun.run(settings(2, "bf16"), out, StepProbe.NONE);

    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(rounded));
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(rounded));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(rounded));
  }

  /** What is left comes from the other one, whose replica is the same to the bit. */
  @Test
  void shouldEndWithTheSameBitsWhenATrainerIsLost() throws Exception {
    Path out = temp.resolve("run");
    FailsOnce probe = new FailsOnce(Point.WEIGHTS_UPDATED, "trainer-0", 31);
    RunOutcome outcome = SmallRun.run(settings(2, "bf16"), out, probe);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(probe.hasFailed()).isTrue();
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(rounded));
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(rounded));
  }

  @Test
  void shouldNotGoOnWithAnotherPrecision() throws Exception {
    assertThatThrownBy(() -> SmallRun.run(settings(2, "fp32"), rounded, StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("optimization.reduction-precision: was bf16, is fp32");
  }

  /** Nothing is on its way to anybody. */
  @Test
  void shouldRoundNothingForATrainerAlone() throws Exception {
    Path alone = temp.resolve("alone");
    Path plain = temp.resolve("plain");
    SmallRun.run(settings(1, "bf16"), alone, StepProbe.NONE);
    SmallRun.run(settings(1, "fp32"), plain, StepProbe.NONE);
    assertThat(SmallRun.tensors(alone)).isEqualTo(SmallRun.tensors(plain));
  }
}
