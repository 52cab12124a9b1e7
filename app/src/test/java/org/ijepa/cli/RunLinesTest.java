package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.ijepa.run.StepMetrics;
import org.junit.jupiter.api.Test;

final class RunLinesTest {
  private final StringWriter written = new StringWriter();

  @Test
  void shouldShowTheRunsStepsAlsoIfSomethingWasNotedBeforeTheyWereKnown() {
    try (RunLines lines = new RunLines(new PrintWriter(written), 10)) {
      lines.noted("optimization.micro-batch = auto: 32 images, stored with the run");
      lines.planned(40);
      for (int step = 0; step < 20; step++) {
        lines.committed(
            new StepMetrics(step, 1, 0.25, 1e-3, 0.05, 0.99, 1, step + 1, 310, 0, 0, 1, 1, false));
      }
    }
    assertThat(written.toString().lines()).hasSize(3).last().asString().startsWith("step 20/40 ");
  }
}
