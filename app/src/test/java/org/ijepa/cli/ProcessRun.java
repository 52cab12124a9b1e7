package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.run.MetricsLog;
import org.ijepa.run.StepMetrics;

/** A small run in processes of its own: how it is started, and what it leaves. */
final class ProcessRun {
  private static final int SIDE = 48;
  private static final int IMAGES = 60;

  /**
   * Options of a Java that runs for seconds: half of its processor time is otherwise that of the
   * compiler that pays off later.
   */
  static final List<String> SHORT_LIVED = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private ProcessRun() {}

  static Path images(Path folder) throws IOException {
    Files.createDirectories(folder);
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < IMAGES; i++) {
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

  /**
   * What is started.
   *
   * @param jvm options of its Java
   * @param main class, and the arguments before the options of {@code pretrain}
   */
  record Kind(List<String> jvm, List<String> main) {
    static final Kind PRETRAIN = of(List.of("pretrain"));

    /** A command of {@code ijepa}. */
    static Kind of(List<String> command) {
      List<String> main = new ArrayList<>(List.of(Main.class.getName()));
      main.addAll(command);
      return new Kind(List.of(), main);
    }
  }

  static Process start(Path images, Path out, Path log, int steps, List<String> sets)
      throws IOException {
    return start(Kind.PRETRAIN, Map.of(), images, out, log, steps, sets);
  }

  /** Options of a run that is small enough for a test. */
  static List<String> settings(Path images, int steps) {
    List<String> options = new ArrayList<>();
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
            "optimization.steps=" + steps,
            "optimization.precision=fp32",
            "cluster.threads=1")) {
      options.addAll(List.of("--set", set));
    }
    return options;
  }

  /** Starts another command that takes the options of {@code pretrain}, too. */
  static Process start(
      List<String> what, Path images, Path out, Path log, int steps, List<String> sets)
      throws IOException {
    return start(Kind.of(what), Map.of(), images, out, log, steps, sets);
  }

  /** Starts what takes the options of {@code pretrain}. */
  static Process start(
      Kind kind,
      Map<String, String> environment,
      Path images,
      Path out,
      Path log,
      int steps,
      List<String> sets)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    // The last one counts.
    command.addAll(kind.jvm());
    command.addAll(kind.main());
    command.addAll(List.of("--out", out.toString()));
    command.addAll(settings(images, steps));
    command.addAll(List.of("--set", "checkpoint.every-steps=7"));
    sets.forEach(set -> command.addAll(List.of("--set", set)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    builder.environment().putAll(environment);
    return builder.start();
  }

  static long committed(Path out) throws IOException {
    Path metrics = out.resolve("metrics.jsonl");
    if (!Files.exists(metrics)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(metrics)) {
      return lines.filter(line -> line.endsWith("}")).count();
    }
  }

  static List<Double> losses(Path out) throws IOException {
    return MetricsLog.read(out.resolve("metrics.jsonl")).stream().map(StepMetrics::loss).toList();
  }

  static List<String> entries(Path out) throws IOException {
    return Files.readAllLines(out.resolve("ledger.jsonl")).stream()
        .filter(line -> line.contains("\"hash\""))
        .toList();
  }

  /** Names, sizes and SHA-256 of the newest checkpoint's tensors, which are those of a step. */
  static String tensors(Path out, int step) throws IOException {
    try (Stream<Path> folders = Files.list(out.resolve("checkpoints"))) {
      Path newest =
          folders
              .filter(folder -> Files.exists(folder.resolve("manifest.json")))
              .max((a, b) -> name(a).compareTo(name(b)))
              .orElseThrow();
      assertThat(name(newest).step()).isEqualTo(step);
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
