package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.embedded.EmbeddedS3;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bench checkpoint} says of a small model, and what it leaves behind: nothing. */
final class BenchCheckpointTest {
  private static final String WAITS =
      "training waits \\d+ ms \\(\\d+ - \\d+\\) for the copy: [\\d.]+ of a step of one micro-batch";

  @TempDir Path temp;

  private static Outcome checkpoint(String... sets) {
    List<String> arguments = new ArrayList<>(List.of("bench", "checkpoint", "--rounds=2"));
    arguments.addAll(TinyModel.sets(sets));
    arguments.addAll(List.of("--set", "optimization.micro-batch=2"));
    return run(arguments.toArray(String[]::new));
  }

  private static void assertEmpty(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void shouldTimeCheckpointsToAFolder() throws Exception {
    Path store = temp.resolve("store");
    Outcome outcome = checkpoint("checkpoint.uri=" + store);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .containsPattern("MiB, 2 times to " + store + "/ijepa-bench-")
        .containsPattern(WAITS)
        .containsPattern("written beside training in \\d+ ms")
        .containsPattern("the checkpoint takes [\\d.]+ times as long");
    assertEmpty(store);
  }

  @Test
  void shouldTimeCheckpointsToS3() throws Exception {
    Path bucket = Files.createDirectories(temp.resolve("s3/runs"));
    try (EmbeddedS3 s3 = EmbeddedS3.start(bucket.getParent())) {
      s3.credentials().useHere();
      Outcome outcome =
          checkpoint(
              "data.s3.endpoint=\"" + s3.endpoint() + "\"", "checkpoint.uri=\"s3://runs/a/\"");
      assertThat(outcome.code()).as(outcome.err()).isZero();
      assertThat(outcome.out())
          .contains("2 times to s3://runs/a/ijepa-bench-")
          .containsPattern(WAITS)
          .doesNotContain("plain file");
      assertEmpty(bucket);
    }
  }

  @Test
  void shouldRefuseNoRounds() {
    assertThat(run("bench", "checkpoint", "--rounds=0").err())
        .contains("--rounds is 0; it must be at least 1");
  }
}
