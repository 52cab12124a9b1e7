package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {
  private final StringWriter written = new StringWriter();
  private final PrintWriter out = new PrintWriter(written);
  private long nanos;

  private ProgressLine line(boolean terminal, int columns, long total) {
    ProgressLine line = new ProgressLine(out, terminal, columns, 10, () -> nanos);
    line.planned(total);
    return line;
  }

  private void train(ProgressLine line, int from, int to, Duration each) {
    train(line, from, to, each, 310.4);
  }

  private void train(ProgressLine line, int from, int to, Duration each, double rate) {
    for (int step = from; step <= to; step++) {
      nanos += each.toNanos();
      line.step(new Progress(step, 0.25, 1e-3, rate));
    }
  }

  @Test
  void shouldNotHopeForMoreAfterABurstOfStepsThatNobodyTimed() {
    try (ProgressLine line = line(false, 80, 60)) {
      train(line, 1, 20, Duration.ofSeconds(2));
      train(line, 21, 40, Duration.ofMillis(1), Double.NaN);
      train(line, 41, 50, Duration.ofSeconds(2));
    }
    assertThat(written.toString().lines())
        .containsSequence(
            "step 40/60  loss 0.2500  lr 1.00e-03  -- images/s  ETA 0:40",
            "step 50/60  loss 0.2500  lr 1.00e-03  310 images/s  ETA 0:20");
  }

  @Test
  void shouldPrintAPlainLineEverySoManyStepsAndAtTheEnd() {
    try (ProgressLine line = line(false, 80, 25)) {
      train(line, 1, 25, Duration.ofSeconds(2));
    }
    assertThat(written.toString().lines())
        .containsExactly(
            "step 10/25  loss 0.2500  lr 1.00e-03  310 images/s  ETA 0:30",
            "step 20/25  loss 0.2500  lr 1.00e-03  310 images/s  ETA 0:10",
            "step 25/25  loss 0.2500  lr 1.00e-03  310 images/s  ETA 0:00");
    assertThat(written.toString()).doesNotContain("\u001b", "\r");
  }

  @Test
  void shouldWriteOverOneLineOnATerminal() {
    try (ProgressLine line = line(true, 100, 40)) {
      train(line, 1, 20, Duration.ofSeconds(1));
    }
    assertThat(written.toString())
        .endsWith(
            "[==========          ] step 20/40  loss 0.2500  lr 1.00e-03  310 images/s  ETA 0:20\n");
    assertThat(written.toString().chars().filter(c -> c == '\n')).hasSize(1);
  }

  @Test
  void shouldNotDrawOftenerThanAnEyeCanFollow() {
    try (ProgressLine line = line(true, 100, 1000)) {
      train(line, 1, 100, Duration.ofMillis(1));
    }
    assertThat(written.toString().chars().filter(c -> c == '\r')).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void shouldNeverBeAsWideAsTheTerminal() {
    for (int columns : new int[] {10, 40, 80, 81, 84, 120}) {
      written.getBuffer().setLength(0);
      try (ProgressLine line = line(true, columns, 1000)) {
        train(line, 1, 3, Duration.ofSeconds(1));
      }
      for (String drawn : written.toString().split("\r?\u001b\\[2K|\n", -1)) {
        assertThat(drawn.length()).isLessThan(columns);
      }
    }
  }

  @Test
  void shouldKeepMessagesAboveTheProgress() {
    ProgressLine line = line(true, 100, 40);
    train(line, 1, 1, Duration.ofSeconds(1));
    line.message("checkpoint step-000000001-g1");
    assertThat(written.toString())
        .contains("\u001b[2Kcheckpoint step-000000001-g1\n[")
        .doesNotEndWith("\n");
  }

  @Test
  void shouldEstimateFromTheStepsOfThisProcessAfterAResume() {
    try (ProgressLine line = line(false, 80, 20_000)) {
      nanos += Duration.ofHours(1).toNanos();
      train(line, 10_000, 10_010, Duration.ofSeconds(1));
    }
    assertThat(written.toString()).contains("step 10010/20000").contains("ETA 2:46:30");
  }
}
