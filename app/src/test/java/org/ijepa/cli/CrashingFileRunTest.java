package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.decode.BadImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that die while they decode, of the file or of something else. */
@EnabledOnOs(OS.LINUX)
class CrashingFileRunTest {
  private static final int STEPS = 14;
  private static final long LIMIT_SECONDS = 120;

  /** What evaluation decodes stands in no journal. */
  private static final List<String> SETS = List.of("evaluation.collapse.every-steps=0");

  /** The same bytes under two names. */
  private static final List<String> GIFS = List.of("image 70.gif", "image 71.gif");

  @TempDir Path temp;
  private Path images;

  @BeforeEach
  void makeImages() throws IOException {
    images = ProcessRun.images(temp.resolve("images"));
    BufferedImage image = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 48 * 48; i++) {
      image.setRGB(i % 48, i / 48, i * 1000);
    }
    for (String name : GIFS) {
      ImageIO.write(image, "gif", images.resolve(name).toFile());
    }
  }

  @SideBySide
  void shouldLeaveOutAFileThatTakesTheProcessDown() throws Exception {
    Path planted = PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.CRASHES);
    Path run = temp.resolve("run");
    assertThat(finish(start(run, planted))).isNotZero();
    assertThat(error("run")).content().contains("SIGSEGV");
    assertThat(ProcessRun.committed(run)).isLessThan(STEPS);
    assertThat(log("run")).doesNotContain("tried in a process of its own");

    // The same command.
    assertThat(finish(start(run, planted))).as(log("run")).isZero();

    assertThat(log("run"))
        .containsPattern("was decoding .*image 7[01]\\.gif")
        .containsPattern("image 7[01]\\.gif takes down the process that decodes it \\(SIGSEGV in ");
    assertThat(list(run)).hasSize(1);
    assertThat(run.resolve("decoding")).doesNotExist();
    assertThat(Files.readAllLines(run.resolve("quarantine.jsonl")))
        .isNotEmpty()
        .allMatch(line -> line.contains(BadImage.Cause.CRASHES_DECODER.name()))
        .anyMatch(line -> line.contains(GIFS.get(0)))
        .anyMatch(line -> line.contains(GIFS.get(1)));
    Outcome verified = Outcome.run("ledger", "verify", "--run", run.toString());
    assertThat(verified.code()).as(verified.out()).isZero();

    // As if they had been no images from the beginning.
    for (String name : GIFS) {
      Path gif = images.resolve(name);
      Files.write(gif, new byte[Math.toIntExact(Files.size(gif))]);
    }
    Path broken = temp.resolve("broken");
    assertThat(finish(start(broken, null))).isZero();
    assertSame(run, broken);
  }

  @SideBySide
  void shouldDecodeWhatWasInnocentAsEver() throws Exception {
    Path undisturbed = temp.resolve("undisturbed");
    assertThat(finish(start(undisturbed, null))).isZero();

    Path killed = temp.resolve("killed");
    Process process =
        start(killed, PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.HANGS));
    try {
      await()
          .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || log("killed").contains("planted: hangs"));
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(finish(start(killed, null))).as(log("killed")).isZero();

    assertThat(log("killed"))
        .containsPattern("was decoding .*image 7[01]\\.gif")
        .containsPattern("tried: .* takes? (no|a) process down")
        .doesNotContain("takes down the process", "cannot be tried");
    assertThat(killed.resolve("checkpoints/crashing-files")).doesNotExist();
    assertThat(killed.resolve("quarantine.jsonl")).isEmptyFile();
    assertSame(killed, undisturbed);
  }

  private static void assertSame(Path run, Path other) throws IOException {
    assertThat(ProcessRun.losses(run)).hasSize(STEPS).isEqualTo(ProcessRun.losses(other));
    assertThat(ProcessRun.entries(run)).isEqualTo(ProcessRun.entries(other));
    assertThat(ProcessRun.tensors(run, STEPS)).isEqualTo(ProcessRun.tensors(other, STEPS));
  }

  private static List<String> list(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints/crashing-files"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private String log(String run) throws IOException {
    return Files.readString(temp.resolve(run + ".log"));
  }

  private Path error(String run) {
    return temp.resolve(run + ".hs_err");
  }

  private Process start(Path run, Path planted) throws IOException {
    String name = run.getFileName().toString();
    String before = planted == null ? "" : planted + File.pathSeparator;
    ProcessRun.Kind kind =
        new ProcessRun.Kind(
            List.of(
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + error(name),
                "-cp",
                before + System.getProperty("java.class.path")),
            ProcessRun.Kind.PRETRAIN.main());
    return ProcessRun.start(kind, Map.of(), images, run, temp.resolve(name + ".log"), STEPS, SETS);
  }

  private static int finish(Process process) throws InterruptedException {
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
