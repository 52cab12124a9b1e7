package org.ijepa.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class RunFolderTest {
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_500), ZoneOffset.UTC);
  private static final int STEPS_PER_EPOCH = 4;

  @TempDir Path folder;

  static StepMetrics metrics(long step) {
    return new StepMetrics(
        step,
        1 + step / STEPS_PER_EPOCH,
        0.1 + step,
        1e-3,
        0.04,
        0.996,
        2.5,
        8 * (step + 1),
        310.5,
        0.01,
        0.001,
        3,
        2,
        false);
  }

  private static void commit(RunFolder run, long from, long to) throws IOException {
    for (long step = from; step < to; step++) {
      run.metrics().append(metrics(step));
      run.publishedCsv()
          .append(1 + step / STEPS_PER_EPOCH, step % STEPS_PER_EPOCH, 0.1 + step, 100, 40, 12);
      run.quarantine()
          .append(new QuarantinedSample(step, 1, step, 0, "a.jpg", "truncated", "b.jpg"));
      run.tensorBoard().append(step, Map.of("train/loss", 0.1 + step));
    }
  }

  private RunFolder open() throws IOException {
    return RunFolder.open(folder.resolve("run"), CLOCK, "session");
  }

  @Test
  void shouldHoldEveryStepOnceAfterAResume() throws IOException {
    try (RunFolder run = open()) {
      run.rewindTo(0, 1, 0);
      commit(run, 0, 11);
    }
    try (RunFolder run = open()) {
      run.rewindTo(6, 2, 2);
      commit(run, 6, 9);
      assertThat(MetricsLog.read(run.path().resolve("metrics.jsonl")))
          .isEqualTo(LongStream.range(0, 9).mapToObj(RunFolderTest::metrics).toList());
      assertThat(QuarantineLog.read(run.path().resolve("quarantine.jsonl")))
          .extracting(QuarantinedSample::step)
          .isEqualTo(LongStream.range(0, 9).boxed().toList());
      assertThat(Files.readAllLines(run.path().resolve("ijepa_r0.csv")))
          .startsWith("epoch,itr,loss,mask-A,mask-B,time (ms)", "1,0,0.10000,100.00000,40.00000,12")
          .endsWith(
              "2,2,6.10000,100.00000,40.00000,12",
              "2,3,7.10000,100.00000,40.00000,12",
              "3,0,8.10000,100.00000,40.00000,12")
          .hasSize(10);
      assertThat(EventFile.stepsIn(run.path().resolve("tensorboard")))
          .isEqualTo(LongStream.range(0, 9).boxed().toList());
    }
  }

  /** Its time is left empty, which readers of such tables take for a number that is missing. */
  @Test
  void shouldWriteAStepThatNobodyTimed() throws IOException {
    try (RunFolder run = open()) {
      run.publishedCsv().append(1, 0, 0.5, 100, 40, Double.NaN);
      run.publishedCsv().append(1, 1, 0.25, 100, 40, 12.4);
      run.rewindTo(1, 1, 1);
    }
    assertThat(folder.resolve("run/ijepa_r0.csv"))
        .hasContent("epoch,itr,loss,mask-A,mask-B,time (ms)\n1,0,0.50000,100.00000,40.00000,\n");
  }

  @Test
  void shouldRefuseAFolderThatIsInUse() throws IOException {
    RunFolder first = open();
    Failure refusal =
        catchThrowableOfType(
            Failure.class, () -> RunFolder.open(folder.resolve("run"), CLOCK, "another session"));
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(refusal.line())
        .contains("in use by process " + ProcessHandle.current().pid(), "--out");
    first.close();
    open().close();
  }

  @Test
  @Tag("process")
  @Timeout(60)
  void shouldBeFreeAgainOnceItsHolderIsKilled() throws Exception {
    Path run = folder.resolve("run");
    Process holder =
        ChildJava.of(List.of(), Holder.class, run.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held run");
      assertThatThrownBy(this::open)
          .isInstanceOf(Failure.class)
          .hasMessageContaining("process " + holder.pid());
    } finally {
      holder.destroyForcibly().waitFor();
    }
    open().close();
  }

  /** A process that holds a run folder until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (RunFolder run =
          RunFolder.open(Path.of(arguments[0]), Clock.systemUTC(), "another session")) {
        System.out.println("held " + run.path().getFileName());
        System.in.read();
      }
    }
  }

  @Test
  void shouldReplaceTheResolvedConfiguration() throws IOException {
    try (RunFolder run = open()) {
      run.writeResolvedConfiguration("seed = 1\nand = more\n");
      run.writeResolvedConfiguration("seed = 2\n");
      assertThat(run.resolvedConfiguration()).hasContent("seed = 2\n");
      try (var files = Files.list(run.path())) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .filteredOn(name -> name.contains("resolved"))
            .containsExactly("resolved.conf");
      }
    }
  }
}
