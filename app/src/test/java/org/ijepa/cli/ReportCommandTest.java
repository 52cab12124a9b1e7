package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.ijepa.cli.Outcome.run;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a real, if small, run: its pictures and its repeat. */
final class ReportCommandTest {
  private static final Pattern REPEAT = Pattern.compile("ijepa (pretrain [^<]*) --out NEW");
  private static final List<String> FEATURES =
      List.of("pca.png", "neighbours.png", "similarity.png", "predicted.png");

  @TempDir Path temp;
  private Path pretrained;

  @BeforeEach
  void train() {
    Outcome scenes =
        run("dataset", "scenes", "--out", temp.resolve("scenes").toString(), "--count", "24");
    assertThat(scenes.code()).as(scenes.err()).isZero();
    pretrained = temp.resolve("run");
    List<String> arguments = new ArrayList<>(List.of("pretrain", "--out", pretrained.toString()));
    arguments.addAll(
        TinyModel.sets(
            "data.uri=" + temp.resolve("scenes"),
            // What a run goes on from, and what it waits for, is not to be repeated.
            "checkpoint.uri=" + temp.resolve("its own checkpoints"),
            "cluster.seed-nodes=[]",
            "cluster.node-name=node-7",
            "optimization.micro-batch=4",
            "optimization.steps=3"));
    Outcome outcome = run(arguments.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err() + outcome.out()).isZero();
  }

  private String report(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("report", "--run", pretrained.toString()));
    arguments.addAll(List.of(options));
    Outcome outcome = run(arguments.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    Path page = pretrained.resolve("report.html");
    assertThat(outcome.out().strip()).isEqualTo(page.toString());
    return Files.readString(page);
  }

  private Path picture(String name) {
    return RunFolder.pictures(pretrained).resolve(name);
  }

  private static long colours(Path picture) throws Exception {
    BufferedImage image = ImageIO.read(picture.toFile());
    int width = image.getWidth();
    int[] pixels = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
    return Arrays.stream(pixels).distinct().count();
  }

  @Test
  void shouldDrawMasksAndFeaturesOfARunIntoItsPage() throws Exception {
    await("what the run draws beside it")
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.exists(picture("masks.png")));
    Files.delete(picture("masks.png"));
    assertThat(report("--no-pictures")).doesNotContain("Masks and features");

    String page = report();
    assertThat(page)
        .contains("<h2>Masks and features</h2>")
        .contains("<img alt=\"masks.png\" src=\"data:image/png;base64,iVBOR");
    assertThat(colours(picture("masks.png"))).isGreaterThan(100);
    for (String name : FEATURES) {
      assertThat(page).contains("<img alt=\"" + name + "\" src=\"data:image/png;base64,iVBOR");
      assertThat(colours(picture(name))).as(name).isGreaterThan(100);
    }

    Files.delete(picture("pca.png"));
    assertThat(report())
        .as("nothing is drawn again of a run that is over")
        .doesNotContain("alt=\"pca");
  }

  @Test
  void shouldShowARunWithoutAnyCheckpointAndSayWhyNothingIsDrawn() throws Exception {
    List<Path> manifests;
    try (var found = Files.walk(temp.resolve("its own checkpoints"))) {
      manifests = found.filter(file -> file.endsWith("manifest.json")).toList();
    }
    assertThat(manifests).isNotEmpty();
    for (Path manifest : manifests) {
      Files.delete(manifest);
    }
    Outcome outcome = run("report", "--run", pretrained.toString());
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).startsWith("no pictures: no complete checkpoint in ");
    assertThat(pretrained.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void shouldNameACommandThatDoesTheSameAgain() throws Exception {
    Matcher repeat = REPEAT.matcher(report("--no-pictures"));
    assertThat(repeat.find()).isTrue();
    List<String> arguments = new ArrayList<>(words(repeat.group(1)));
    assertThat(arguments).contains("checkpoint.uri=\"\"", "cluster.node-name=auto");
    Path again = temp.resolve("again");
    arguments.addAll(List.of("--out", again.toString()));
    Outcome outcome = run(arguments.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(losses(again)).hasSize(3).isEqualTo(losses(pretrained));
  }

  /** What a shell makes of a line. */
  private static List<String> words(String html) throws Exception {
    String line = html.replace("&lt;", "<").replace("&quot;", "\"").replace("&amp;", "&");
    Process shell = new ProcessBuilder("sh", "-c", "printf '%s\\n' " + line).start();
    List<String> words = new String(shell.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(shell.waitFor()).isZero();
    return words;
  }

  private static List<Double> losses(Path folder) throws Exception {
    return MetricsLog.read(RunFolder.metrics(folder)).stream().map(StepMetrics::loss).toList();
  }

  @Test
  void shouldTakeAFileOnlyForComparisons() {
    Outcome outcome = run("report", "--run", pretrained.toString(), "--out", "x.html");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("--out is for a comparison");
  }
}
