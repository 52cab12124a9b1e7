package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, killed without warning. */
@Tag("process")
class KillTest {
  private static final int KILLS = 10;
  private static final int STEPS = 120;
  private static final int SIDE = 48;
  private static final long TICK_MILLIS = 10;
  private static final long LIMIT_SECONDS = 120;

  @TempDir Path temp;

  private final SplittableRandom random = new SplittableRandom(11);

  @Test
  void shouldEndWithTheSameBitsAfterTenKills() throws Exception {
    Path images = images();
    Path undisturbed = temp.resolve("undisturbed");
    Path killed = temp.resolve("killed");
    assertThat(finish(start(images, undisturbed))).isZero();

    long reached = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      // Some die while they start, most a few steps after what the last one reached.
      long target = kill % 4 == 3 ? -1 : reached + random.nextLong(2, 11);
      reached = Math.max(reached, killAfter(start(images, killed), killed, target));
    }
    assertThat(reached).isBetween(10L, STEPS - 1L);
    assertThat(finish(start(images, killed))).isZero();

    assertThat(tensors(killed)).isEqualTo(tensors(undisturbed));
    assertThat(losses(killed)).hasSize(STEPS).isEqualTo(losses(undisturbed));
    assertThat(entries(killed)).isEqualTo(entries(undisturbed));
  }

  @Test
  void shouldStopResumablyOnSigterm() throws Exception {
    Path images = images();
    Path undisturbed = temp.resolve("undisturbed");
    Path stopped = temp.resolve("stopped");
    assertThat(finish(start(images, undisturbed))).isZero();

    Process process = start(images, stopped);
    awaitStep(process, stopped, 10);
    process.destroy();
    assertThat(finish(process)).isEqualTo(ExitCode.INTERRUPTED.number());
    assertThat(stopped.resolve("report.html")).exists();
    assertThat(committed(stopped.resolve("metrics.jsonl"))).isLessThan(STEPS);

    assertThat(finish(start(images, stopped))).isZero();
    assertThat(tensors(stopped)).isEqualTo(tensors(undisturbed));
    assertThat(losses(stopped)).isEqualTo(losses(undisturbed));
  }

  private static void awaitStep(Process process, Path out, long step) throws Exception {
    long waited = 0;
    while (committed(out.resolve("metrics.jsonl")) < step) {
      assertThat(process.waitFor(TICK_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
      waited += TICK_MILLIS;
      assertThat(waited).isLessThan(LIMIT_SECONDS * 1000);
    }
  }

  private Path images() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("images"));
    for (int i = 0; i < 60; i++) {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      for (int k = 0; k < 5; k++) {
        graphics.setColor(new Color(random.nextInt(1 << 24)));
        graphics.fillRect(
            random.nextInt(SIDE),
            random.nextInt(SIDE),
            random.nextInt(5, SIDE),
            random.nextInt(5, SIDE));
      }
      graphics.dispose();
      ImageIO.write(image, "jpg", folder.resolve("image " + i + ".jpg").toFile());
    }
    return folder;
  }

  private Process start(Path images, Path out) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "pretrain",
                "--out",
                out.toString()));
    for (String set :
        List.of(
            "data.uri=\"" + images + "\"",
            "data.image-size=32",
            "model.patch-size=4",
            "model.encoder=32/2/2",
            "model.predictor.width=16",
            "model.predictor.depth=1",
            "mask.min-keep=4",
            "optimization.global-batch=16",
            "optimization.micro-batch=4",
            "optimization.steps=" + STEPS,
            "optimization.precision=fp32",
            "cluster.trainers=2",
            "cluster.threads=1",
            "checkpoint.every-steps=7")) {
      command.addAll(List.of("--set", set));
    }
    File log = temp.resolve(out.getFileName() + ".log").toFile();
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  private static int finish(Process process) throws InterruptedException {
    assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /** Kills once the run has committed {@code target} steps, or a random while after its start. */
  private long killAfter(Process process, Path out, long target) throws Exception {
    Path metrics = out.resolve("metrics.jsonl");
    long delay = random.nextLong(500, 2500);
    long waited = 0;
    while (!process.waitFor(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
      waited += TICK_MILLIS;
      assertThat(waited).isLessThan(LIMIT_SECONDS * 1000);
      boolean due = target < 0 ? waited >= delay : committed(metrics) >= target;
      if (due) {
        process.destroyForcibly().waitFor();
        return committed(metrics);
      }
    }
    throw new AssertionError("the process ended by itself with " + process.exitValue());
  }

  private static long committed(Path metrics) throws IOException {
    if (!Files.exists(metrics)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(metrics)) {
      return lines.filter(line -> line.endsWith("}")).count();
    }
  }

  private static List<Double> losses(Path out) throws IOException {
    return MetricsLog.read(out.resolve("metrics.jsonl")).stream().map(StepMetrics::loss).toList();
  }

  private static List<String> entries(Path out) throws IOException {
    return Files.readAllLines(out.resolve("ledger.jsonl")).stream()
        .filter(line -> line.contains("\"hash\""))
        .toList();
  }

  /** Names, sizes and SHA-256 of the newest checkpoint's tensors. */
  private static String tensors(Path out) throws IOException {
    try (Stream<Path> folders = Files.list(out.resolve("checkpoints"))) {
      Path newest =
          folders
              .filter(folder -> Files.exists(folder.resolve("manifest.json")))
              .max((a, b) -> name(a).compareTo(name(b)))
              .orElseThrow();
      assertThat(name(newest).step()).isEqualTo(STEPS);
      StringBuilder text = new StringBuilder();
      for (String entry : Files.readString(newest.resolve("manifest.json")).split("\\}", -1)) {
        if (entry.contains("safetensors")) {
          text.append(entry.replaceAll("\\s+", " "));
        }
      }
      return text.toString();
    }
  }

  private static CheckpointName name(Path folder) {
    return CheckpointName.parse(folder.getFileName().toString()).orElseThrow();
  }
}
