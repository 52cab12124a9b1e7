package org.ijepa.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetricsLogTest {
  @TempDir Path folder;

  private static List<Long> steps(Path file) throws IOException {
    return MetricsLog.read(file).stream().map(StepMetrics::step).toList();
  }

  @Test
  void shouldWriteTheDocumentedFields() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log = MetricsLog.open(file)) {
      log.append(
          new StepMetrics(
              7, 2, Double.NaN, 1e-3, 0.04, 0.996, 1.0 / 3, 64, 310.5, 0.25, 0.002, 4, 2, true));
    }
    assertThat(file)
        .hasContent(
            "{\"step\":7,\"epoch\":2,\"loss\":null,\"lr\":0.001,\"weight_decay\":0.04,\"ema\":0.996,"
                + "\"grad_norm\":0.3333333333333333,\"samples\":64,\"images_per_second\":310.5,"
                + "\"input_wait\":0.25,\"commit_wait\":0.002,\"generation\":4,\"world_size\":2,\"skipped\":true}");
  }

  @Test
  void shouldTakeTheMedianRateOfTheStepsOfWhichItIsKnown() {
    assertThat(
            StepMetrics.medianRate(
                DoubleStream.of(30, Double.NaN, 10, 20, Double.NaN, Double.NaN)
                    .mapToObj(MetricsLogTest::ofRate)
                    .toList()))
        .isEqualTo(20);
    assertThat(StepMetrics.medianRate(List.of(ofRate(Double.NaN)))).isNaN();
  }

  private static StepMetrics ofRate(double imagesPerSecond) {
    return new StepMetrics(0, 1, 1, 1, 1, 1, 1, 8, imagesPerSecond, 0, 0, 1, 1, false);
  }

  @Test
  void shouldReadBackEveryBit() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    StepMetrics metrics =
        new StepMetrics(
            0,
            1,
            Math.nextUp(0.1),
            1e-300,
            Math.PI,
            1,
            Double.MIN_VALUE,
            1L << 60,
            3,
            0,
            Double.NaN,
            1,
            1,
            false);
    try (MetricsLog log = MetricsLog.open(file)) {
      log.append(metrics);
    }
    assertThat(MetricsLog.read(file)).containsExactly(metrics);
  }

  @Property(tries = 100)
  void shouldKeepWholeLinesBeforeTheStepWhereverACrashTearsTheFile(
      @ForAll @IntRange(max = 8) int written,
      @ForAll @IntRange(max = 9) int rewindTo,
      @ForAll @IntRange(max = 2000) int lost)
      throws IOException {
    Path file = Files.createTempFile("metrics", ".jsonl");
    try {
      try (MetricsLog log = MetricsLog.open(file)) {
        for (long step = 0; step < written; step++) {
          log.append(RunFolderTest.metrics(step));
        }
      }
      byte[] bytes = Files.readAllBytes(file);
      byte[] torn = Arrays.copyOf(bytes, Math.max(0, bytes.length - lost));
      Files.write(file, torn);
      long whole = new String(torn, UTF_8).chars().filter(c -> c == '\n').count();
      try (MetricsLog log = MetricsLog.open(file)) {
        log.rewindTo(rewindTo);
        log.append(RunFolderTest.metrics(rewindTo));
      }
      assertThat(steps(file))
          .isEqualTo(
              LongStream.concat(
                      LongStream.range(0, Math.min(rewindTo, whole)), LongStream.of(rewindTo))
                  .boxed()
                  .toList());
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void shouldDropALineThatIsNoMetrics() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log = MetricsLog.open(file)) {
      log.append(RunFolderTest.metrics(0));
      Files.writeString(file, "\u0000\u0000\n[]\n{\"step\":\"1\"}\n", StandardOpenOption.APPEND);
      log.rewindTo(5);
    }
    assertThat(Files.readAllLines(file)).hasSize(1);
    assertThat(steps(file)).containsExactly(0L);
  }
}
