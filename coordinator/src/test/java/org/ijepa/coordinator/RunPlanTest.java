package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ijepa.optimization.Schedules;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final Schedules SCHEDULES =
      new Schedules(2, 10, 1e-4, 1e-3, 1e-6, 0.04, 0.4, 0.996, 1);

  private static StepPlan plan(double clipNorm, double norm, boolean finite) {
    StepFacts facts =
        new StepFacts(
            3, 0.5, norm, finite, List.of(), 10, 4, 0, List.of(), 0, 0, 0, PipelineCounts.NONE);
    return new RunPlan(SCHEDULES, 10, 5, clipNorm).plan(facts);
  }

  @Test
  void shouldScaleLargeGradientsDownToTheClipNorm() {
    assertThat(plan(2, 8, true).gradientScale() * 8).isCloseTo(2, within(1e-12));
    assertThat(plan(2, 2, true).gradientScale()).isEqualTo(1);
    assertThat(plan(2, 0, true).gradientScale()).isEqualTo(1);
  }

  @Test
  void shouldNotClipUnlessAsked() {
    assertThat(plan(Double.POSITIVE_INFINITY, 1e30, true).gradientScale()).isEqualTo(1);
  }

  @Test
  void shouldSkipWhatIsNotFinite() {
    assertThat(plan(2, Double.NaN, false).skipped()).isTrue();
    assertThat(plan(2, 1, true).skipped()).isFalse();
  }
}
