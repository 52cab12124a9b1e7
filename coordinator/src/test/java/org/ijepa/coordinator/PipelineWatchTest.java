package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.stage.StageCounts;
import org.ijepa.store.Hedges;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.junit.jupiter.api.Test;

class PipelineWatchTest {
  private static final MemberId A = new MemberId("a-0", 1, "");
  private static final MemberId B = new MemberId("b-0", 2, "");

  /** A step of a second in which the trainer waited so much, and decoding was busy. */
  private static StepFacts facts(long step, double wait) {
    PipelineCounts input =
        new PipelineCounts(
            new StageCounts(1, 1, 1, 0.1, 0, 0.9),
            new StageCounts(16, 4, 4, 1, 0, 15),
            new StageCounts(2, 4, 4, 2, 0, 0),
            new StageCounts(4, 1, 1, 0, 4, 0),
            new StageCounts(1, 1, 1, 1 - wait, wait, 0),
            StageCounts.NONE,
            StageCounts.NONE,
            Hedges.NONE);
    return new StepFacts(step, 0, 0, true, List.of(), 1, 1, 0, List.of(), wait, 0.1, 0, input);
  }

  @Test
  void shouldSpeakAtTheEndOfAWindowAndOfTheRun() {
    PipelineWatch watch = new PipelineWatch(70, 8);
    for (long step = 0; step < 70; step++) {
      Optional<Finding> found = watch.committed(facts(step, step < 50 ? 0.5 : 0));
      assertThat(found.isPresent()).isEqualTo(step == 49 || step == 69);
      if (step == 49) {
        assertThat(found.orElseThrow().word()).isEqualTo("decode");
        assertThat(found.orElseThrow().severity()).isEqualTo(Severity.WATCH);
        assertThat(found.orElseThrow().text()).contains("from 2 to 4");
        assertThat(found.orElseThrow().numbers()).containsEntry("decode_in", 200.0);
      } else if (step == 69) {
        assertThat(found.orElseThrow().word()).isEqualTo("trainers");
        assertThat(found.orElseThrow().severity()).isEqualTo(Severity.NORMAL);
        assertThat(found.orElseThrow().numbers().get("seconds")).isCloseTo(20, within(1e-9));
      }
    }
  }

  @Test
  void shouldSayNothingWhereNothingWasCounted() {
    StepFacts first =
        new StepFacts(0, 0, 0, true, List.of(), 1, 1, 0, List.of(), 9, 0.1, 0, PipelineCounts.NONE);
    assertThat(new PipelineWatch(1, 8).committed(first)).isEmpty();
  }

  @Test
  void shouldLookAtTheMemberThatTheOthersWaitedFor() {
    StepFacts slow = facts(3, 0.8);
    Map<MemberId, StepFacts> reports = Map.of(A, facts(3, 0.1), B, slow);
    assertThat(StepReports.merge(List.of(A, B), reports, 0).input()).isEqualTo(slow.input());
    assertThat(StepReports.merge(List.of(B, A), reports, 0).input()).isEqualTo(slow.input());
  }
}
