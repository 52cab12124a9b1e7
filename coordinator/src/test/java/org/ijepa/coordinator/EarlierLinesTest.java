package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.ijepa.run.FindingLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EarlierLinesTest {
  @TempDir Path temp;

  private static StepMetrics step(long step, double loss, double rate, long generation) {
    return new StepMetrics(
        step, 1, loss, 1e-3, 0.04, 0.996, 0.5, 8 * (step + 1), rate, 0, 0, generation, 3, false);
  }

  private static FindingLog.Line line(long step, String word) {
    return new FindingLog.Line(step, word, "text", Map.of("rank", 12.5));
  }

  private EarlierLines earlier(long from) throws IOException {
    try (RunFolder run = RunFolder.open(temp.resolve("run"), Clock.systemUTC(), "session")) {
      run.rewindTo(0, 1, 0);
      for (int step = 0; step < 6; step++) {
        run.metrics().append(step(step, 0.25 + step, 100 + step, 2));
      }
      run.collapse().append(line(0, "normal"));
      run.collapse().append(line(4, "collapsing"));
      run.layers().append(line(4, "not-finite"));
      run.probe().append(line(4, "measured"));
      return new EarlierLines(run.rewindTo(from, 1, from));
    }
  }

  /** Its speed and generation are no facts that trainers remember. */
  @Test
  void shouldKnowHowAStepWasThatIsTheSame() throws IOException {
    EarlierLines earlier = earlier(3);
    assertThat(earlier.metrics(step(4, 4.25, Double.NaN, 7))).contains(step(4, 4.25, 104, 2));
    assertThat(earlier.metrics(step(4, 4.26, Double.NaN, 7))).isEmpty();
    assertThat(earlier.metrics(step(2, 2.25, Double.NaN, 7))).isEmpty();
    assertThat(earlier.metrics(step(6, 6.25, Double.NaN, 7))).isEmpty();
  }

  @Test
  void shouldKnowWhatWasFound() throws IOException {
    Map<String, Double> numbers = Map.of("rank", 12.5);
    EarlierLines earlier = earlier(3);
    assertThat(earlier.findings(4))
        .containsExactly(
            new Finding("collapse", 4, numbers, "collapsing", Severity.ALARM, "text"),
            new Finding("probe", 4, numbers, "measured", Severity.NORMAL, "text"),
            new Finding("layers", 4, numbers, "not-finite", Severity.WATCH, "text"));
    assertThat(earlier.findings(0)).isEmpty();
  }
}
