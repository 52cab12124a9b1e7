package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that take long say how far they are, and those that do not say nothing of it. */
final class CommandProgressTest {
  private static final Path RECORDED =
      Path.of("../evaluation/src/test/resources/interchange/tiny.pth.tar");

  @TempDir private Path folder;
  private final AtomicLong nanos = new AtomicLong();

  /** Time that passes between two looks at the clock. */
  private Duration pace = Duration.ZERO;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  /** Runs a command; returns the lines of progress with a known end. */
  private List<String> ijepa(String... arguments) {
    return progress(arguments).stream().filter(line -> line.contains("/s  ETA ")).toList();
  }

  /** Runs a command; returns the lines of progress among those that it prints. */
  private List<String> progress(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            () -> nanos.addAndGet(pace.toNanos()),
            arguments);
    assertThat(code).as(err.toString()).isZero();
    return out.toString().lines().filter(line -> line.matches(".*/s( .*)?")).toList();
  }

  private List<String> imported(String to) {
    return ijepa("import", RECORDED.toString(), "--heads", "2", "--out", at(to));
  }

  @BeforeEach
  void makeImagesAndAModel() {
    ijepa("dataset", "scenes", "--count", "6", "--size", "32", "--out", at("scenes"));
    assertThat(imported("model")).as("no time passes").isEmpty();
    pace = Duration.ofSeconds(3);
  }

  @Test
  void shouldShowTheProgressOfRenderedScenes() {
    assertThat(ijepa("dataset", "scenes", "--count", "3", "--size", "32", "--out", at("more")))
        .anyMatch(line -> line.startsWith("writing " + at("more") + ": 1/3 images"))
        .anyMatch(line -> line.startsWith("writing " + at("more") + ": 3/3 images"));
  }

  @Test
  void shouldShowTheProgressOfAnIndex() {
    String shards = at("shards");
    assertThat(ijepa("dataset", "folder", "--data", at("scenes"), "--out", shards))
        .anyMatch(line -> line.startsWith("writing " + shards + ": 6/6 images"));
    assertThat(ijepa("eval", "collapse", "--checkpoint", at("model"), "--data", shards))
        .anyMatch(line -> line.startsWith("reading the headers of " + shards + ": 1/1 shards"));
    assertThat(progress("eval", "collapse", "--checkpoint", at("model"), "--data", at("scenes")))
        .as("of a listing nobody knows the end")
        .anyMatch(
            line -> line.startsWith("listing " + at("scenes") + ": ") && !line.contains("ETA"));
  }

  @Test
  void shouldShowTheProgressOfAnImport() {
    assertThat(imported("again")).anyMatch(line -> line.startsWith("writing " + at("again") + ":"));
  }

  @Test
  void shouldShowTheProgressOfEachExport() {
    for (String format : List.of("hf", "safetensors", "torch")) {
      assertThat(
              ijepa("export", "--checkpoint", at("model"), "--format", format, "--out", at(format)))
          .anyMatch(line -> line.startsWith("reading step-000000003-g1: 1/1 MB"))
          .anyMatch(line -> line.startsWith("writing " + at(format) + ": 1/1 MB"));
    }
  }

  @Test
  void shouldShowTheProgressOfFeaturesThatAreWritten() {
    assertThat(
            ijepa(
                "embed",
                "--checkpoint",
                at("model"),
                "--data",
                at("scenes"),
                "--out",
                at("features.npy")))
        .anyMatch(line -> line.startsWith("features of " + at("scenes") + ": 1/6 images"))
        .anyMatch(line -> line.startsWith("features of " + at("scenes") + ": 6/6 images"));
  }

  @Test
  void shouldShowTheProgressOfAnEvaluation() {
    assertThat(ijepa("eval", "collapse", "--checkpoint", at("model"), "--data", at("scenes")))
        .anyMatch(line -> line.startsWith("looking at ") && line.contains("/6 images"));
    assertThat(
            ijepa(
                "eval",
                "ridge",
                "--checkpoint",
                at("model"),
                "--data",
                at("scenes"),
                "--label",
                "nearest",
                "--test",
                at("scenes")))
        .anyMatch(line -> line.startsWith("features of " + at("scenes") + ": 6/6 images"))
        .anyMatch(line -> line.startsWith("fitting: "));
  }
}
