package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class WorkLineTest {
  private final StringWriter written = new StringWriter();
  private final PrintWriter out = new PrintWriter(written);
  private long nanos;

  private WorkLine line(boolean terminal, String what, String unit) {
    return new WorkLine(out, terminal, 100, what, unit, () -> nanos);
  }

  private void work(WorkLine line, int from, int to, long total, Duration each) {
    for (int done = from; done <= to; done++) {
      nanos += each.toNanos();
      line.at(done, total);
    }
  }

  @Test
  void shouldSayNothingOfWorkThatIsSoonDone() {
    for (boolean terminal : new boolean[] {true, false}) {
      try (WorkLine line = line(terminal, "features:", "images")) {
        work(line, 1, 19, 19, Duration.ofMillis(100));
      }
      assertThat(written.toString()).isEmpty();
    }
  }

  @Test
  void shouldPrintAPlainLineEveryFewSecondsAndTheLastState() {
    try (WorkLine line = line(false, "features of x:", "images")) {
      work(line, 1, 120, 120, Duration.ofMillis(100));
    }
    assertThat(written.toString().lines())
        .containsExactly(
            "features of x: 20/120 images  10 images/s  ETA 0:10",
            "features of x: 70/120 images  10 images/s  ETA 0:05",
            "features of x: 120/120 images  10 images/s  ETA 0:00");
    assertThat(written.toString()).doesNotContain("\u001b", "\r");
  }

  @Test
  void shouldNeverBeSilentForLongerThanFiveSeconds() {
    long last = 0;
    try (WorkLine line = line(false, "listing x:", "files")) {
      for (int done = 1; done <= 600; done++) {
        nanos += Duration.ofMillis(50).toNanos();
        int before = written.getBuffer().length();
        line.at(done);
        if (written.getBuffer().length() > before) {
          assertThat(nanos - last).isLessThanOrEqualTo(Duration.ofMillis(5050).toNanos());
          last = nanos;
        }
      }
    }
    assertThat(nanos - last).isLessThanOrEqualTo(Duration.ofMillis(5050).toNanos());
    assertThat(written.toString()).contains("listing x: 40 files  20 files/s\n");
  }

  @Test
  void shouldWriteOverOneLineOnATerminal() {
    try (WorkLine line = line(true, "fitting:", "fits")) {
      work(line, 1, 15, 20, Duration.ofSeconds(1));
    }
    assertThat(written.toString())
        .endsWith("[===============     ] fitting: 15/20 fits  1.0 fits/s  ETA 0:05\n");
    assertThat(written.toString().chars().filter(c -> c == '\n')).hasSize(1);
  }

  @Test
  void shouldNotDrawOftenerThanAnEyeCanFollow() {
    try (WorkLine line = line(true, "features:", "images")) {
      work(line, 1, 3000, 4000, Duration.ofMillis(1));
    }
    assertThat(written.toString().chars().filter(c -> c == '\r')).hasSizeBetween(5, 12);
    assertThat(written.toString())
        .endsWith("features: 3000/4000 images  1000 images/s  ETA 0:01\n");
  }

  @Test
  void shouldTakeItsTimeFromTheBeginningWhereWorkBeginsAgain() {
    try (WorkLine line = line(false, "listing x:", "files")) {
      work(line, 1, 100, 0, Duration.ofSeconds(1));
      written.getBuffer().setLength(0);
      work(line, 1, 11, 0, Duration.ofMillis(500));
    }
    assertThat(written.toString()).contains("listing x: 11 files  2.2 files/s");
  }

  @Test
  void shouldShowTheListingOfASourceThenItsShards() {
    try (IndexLines lines = new IndexLines((what, unit) -> line(false, what, unit), "s3://b/p")) {
      for (int i = 1; i <= 30; i++) {
        nanos += Duration.ofMillis(200).toNanos();
        lines.listed(1000L * i);
      }
      for (int i = 1; i <= 30; i++) {
        nanos += Duration.ofMillis(200).toNanos();
        lines.walked(i, 40);
      }
    }
    assertThat(written.toString().lines().map(text -> text.replaceAll("  .*", "")))
        .containsExactly(
            "listing s3://b/p: 11000 files",
            "listing s3://b/p: 30000 files",
            "reading the headers of s3://b/p: 11/40 shards",
            "reading the headers of s3://b/p: 30/40 shards");
  }
}
