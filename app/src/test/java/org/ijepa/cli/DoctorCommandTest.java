package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorCommandTest {
  @TempDir Path run;

  /** Ten seconds in which the trainer waited for so many, and decoding was busy. */
  private static String line(long step, double waited) {
    return ("{\"step\":%d,\"word\":\"x\",\"cores\":8,\"decode_slots\":2,\"decode_in\":400,\"decode_out\":390,"
            + "\"decode_busy\":19,\"decode_upstream\":1,\"fetch_slots\":16,\"fetch_busy\":16,\"fetch_downstream\":144,\"trainer_slots\":1,\"trainer_busy\":%s,\"trainer_upstream\":%s,\"text\":\"\"}\n")
        .formatted(step, 10 - waited, waited);
  }

  @Test
  void shouldSayWhatLimitsAndWhatToChange() throws Exception {
    Files.writeString(run.resolve("pipeline.jsonl"), line(49, 6) + line(99, 4));
    Outcome outcome = run("doctor", "--run", run.toString());
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("20 s up to step 99")
        .containsPattern("decode +2 +800 +780 +95 %")
        .doesNotContain("elsewhere")
        .endsWith(
            "decode limits: the trainers wait for input 50 % of the time; raise"
                + " pipeline.decode.parallelism from 2 to 4\n");
  }

  @Test
  void shouldLookAtTheNewestWindowsAlone() throws Exception {
    Files.writeString(run.resolve("pipeline.jsonl"), line(49, 9) + line(99, 0));
    assertThat(run("doctor", "--run", run.toString(), "--windows", "1").out())
        .contains("10 s up to step 99")
        .contains("the trainers limit");
  }

  @Test
  void shouldTellOfReadsThatWereSentTwice() throws Exception {
    String hedged =
        line(49, 6)
            .replace(
                "\"cores\"",
                "\"fetch_reads\":900,\"fetch_hedges\":7,\"fetch_hedges_won\":5,\"fetch_retries\":3,\"cores\"");
    Files.writeString(run.resolve("pipeline.jsonl"), hedged + line(99, 4));
    assertThat(run("doctor", "--run", run.toString()).out())
        .contains(
            "7 of 900 reads of the store were slow and sent a second time, 5 times the second"
                + " answer came first",
            "3 times a read of the store failed (5xx, time-out, cut connection, wrong bytes) and was repeated");
  }

  @Test
  void shouldSayWhatCommitsCost() throws Exception {
    Files.writeString(run.resolve("pipeline.jsonl"), line(49, 6));
    Files.writeString(
        run.resolve("metrics.jsonl"),
        """
        {"step":0,"samples":8,"images_per_second":4,"commit_wait":null}
        {"step":1,"samples":16,"images_per_second":16,"commit_wait":0.0025}
        """);
    assertThat(run("doctor", "--run", run.toString()).out())
        .contains("\ncommits: 2.5 ms a step, 0.50 % of the time\n");
  }

  @Test
  void shouldSayWhereThereIsNothingToLookAt() {
    Outcome outcome = run("doctor", "--run", run.toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("holds no counts of the input yet").hasLineCount(1);
  }
}
