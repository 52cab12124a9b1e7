package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.ijepa.decode.BadImage;
import org.ijepa.run.FindingLog;
import org.ijepa.run.RunFolder;
import org.ijepa.store.EmbeddedS3;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that die while they decode, of the file or of something else. */
@EnabledOnOs(OS.LINUX)
class CrashingFileRunTest {
  private static final int STEPS = 14;

  /** More than are done while a node starts. */
  private static final int MANY_STEPS = 20_000;

  private static final int EPOCHS = 5;

  /** Of 361 images, 16 a step. */
  private static final int EPOCHS_STEPS = EPOCHS * 22;

  private static final long LIMIT_SECONDS = 120;

  /** So that the first to come to the files is training. */
  private static final List<String> TRAINING = List.of("evaluation.collapse.every-steps=0");

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
    assertThat(finish(start(run, planted, TRAINING))).isNotZero();
    assertThat(error("run")).as(log("run")).content().contains("SIGSEGV");
    assertThat(ProcessRun.committed(run)).isLessThan(STEPS);
    assertThat(log("run")).doesNotContain("tried in a process of its own");

    // The same command.
    assertThat(finish(start(run, planted, TRAINING))).as(log("run")).isZero();

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

    // Commands that are given its checkpoints know as much.
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(jvm("embed", planted));
    command.addAll(List.of(Main.class.getName(), "embed", "--data", images.toString()));
    command.addAll(List.of("--checkpoint", run.resolve("checkpoints").toString()));
    command.addAll(List.of("--out", temp.resolve("features.npy").toString()));
    ProcessBuilder embed = new ProcessBuilder(command).redirectErrorStream(true);
    assertThat(finish(embed.redirectOutput(temp.resolve("embed.log").toFile()).start()))
        .as(log("embed"))
        .isZero();
    assertThat(log("embed")).contains("60 rows written to ", ", 2 images left out");

    // As if they had been no images from the beginning.
    breakGifs();
    Path broken = temp.resolve("broken");
    assertThat(finish(start(broken, null, TRAINING))).isZero();
    assertSame(run, broken);
  }

  @SideBySide
  void shouldLeaveOutAFileThatIsOnlyLookedAt() throws Exception {
    Path trained = ProcessRun.images(temp.resolve("trained"));
    List<String> sets = new ArrayList<>(List.of("data.uri=\"" + trained + "\""));
    sets.addAll(List.of("evaluation.data=\"" + images + "\"", "evaluation.every-steps=5"));
    sets.add("evaluation.collapse.every-steps=5");
    sets.addAll(List.of("evaluation.images=62", "evaluation.collapse.images=62"));
    StringBuilder labels = new StringBuilder("path,label\n");
    for (int i = 0; i < 60; i++) {
      labels.append("image %d.jpg,%d%n".formatted(i, i % 3));
    }
    GIFS.forEach(name -> labels.append(name).append(",0\n"));
    Files.writeString(images.resolve("labels.csv"), labels);
    Path planted = PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.CRASHES);
    Path run = temp.resolve("run");
    assertThat(finish(start(run, planted, sets))).isNotZero();
    assertThat(error("run")).as(log("run")).content().contains("SIGSEGV");
    assertThat(ProcessRun.committed(run)).isZero();

    assertThat(finish(start(run, planted, sets))).as(log("run")).isZero();

    assertThat(log("run"))
        .containsPattern("image 7[01]\\.gif takes down the process that decodes it \\(SIGSEGV in ")
        .containsPattern("the watch for collapse passes over files .*2\\): .*70\\.gif: takes down")
        .containsPattern("the probe passes over files .*2\\): .*71\\.gif: takes down");
    assertThat(list(run)).hasSize(1);
    assertThat(run.resolve("decoding")).doesNotExist();
    assertThat(run.resolve("quarantine.jsonl")).isEmptyFile();

    breakGifs();
    Path broken = temp.resolve("broken");
    assertThat(finish(start(broken, null, sets))).isZero();
    assertSame(run, broken);
    for (Path log : List.of(RunFolder.collapse(run), run.resolve("probe.jsonl"))) {
      assertThat(findings(log))
          .hasSize(4)
          .isEqualTo(findings(broken.resolve(log.getFileName())))
          .allMatch(text -> text.contains("images=60.0"));
    }
  }

  @SideBySide
  void shouldLeaveOutAFileOfOneOfSeveralSourcesInS3() throws Exception {
    Path others = ProcessRun.images(temp.resolve("others"));
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      for (Path file : files(images)) {
        s3.put("set/" + file.getFileName(), Files.readAllBytes(file));
      }
      String bucket = "s3://" + EmbeddedS3.BUCKET;
      List<String> sets = new ArrayList<>(TRAINING);
      sets.add(
          "data.uri=[{uri = \"%s\", proportion = 0.5}, {uri = \"%s/set\", proportion = 0.5}]"
              .formatted(others, bucket));
      sets.add("data.s3.endpoint=\"http://127.0.0.1:%d\"".formatted(s3.port()));
      List<String> listed = new ArrayList<>(sets);
      listed.add("checkpoint.uri=\"" + bucket + "/checkpoints\"");
      Path planted = PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.CRASHES);
      Path run = temp.resolve("run");
      assertThat(finish(start(run, planted, listed))).isNotZero();
      assertThat(error("run")).as(log("run")).content().contains("SIGSEGV");

      assertThat(finish(start(run, planted, listed))).as(log("run")).isZero();

      assertThat(log("run"))
          .containsPattern("image 7[01]\\.gif takes down the process that decodes it")
          .contains("a bad sample from now on (" + bucket + "/checkpoints/crashing-files/");
      assertThat(Files.readAllLines(run.resolve("quarantine.jsonl")))
          .isNotEmpty()
          .allMatch(line -> line.contains(BadImage.Cause.CRASHES_DECODER.name()))
          .allMatch(line -> line.contains(bucket + "/set/image 7"));

      breakGifs();
      for (String name : GIFS) {
        s3.put("set/" + name, Files.readAllBytes(images.resolve(name)));
      }
      Path broken = temp.resolve("broken");
      assertThat(finish(start(broken, null, sets))).as(log("broken")).isZero();
      assertThat(ProcessRun.losses(run)).hasSize(STEPS).isEqualTo(ProcessRun.losses(broken));
      assertThat(ProcessRun.entries(run)).isEqualTo(ProcessRun.entries(broken));
    }
  }

  /** Each of them comes to it in one of the epochs. */
  @SideBySide
  void shouldTakeDownOneNodeOfACluster() throws Exception {
    Files.delete(images.resolve(GIFS.get(1)));
    // No node reads so far ahead that two come to it at a time.
    for (int i = 0; i < 60; i++) {
      for (int copy = 0; copy < 5; copy++) {
        Files.copy(
            images.resolve("image " + i + ".jpg"), images.resolve(copy + " of " + i + ".jpg"));
      }
    }
    Path planted = PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.CRASHES);
    int nodes = 3;
    String[] sets = {"cluster.on-loss=wait", TRAINING.get(0)};
    try (ProcessCluster cluster = new ProcessCluster(nodes, images, temp, EPOCHS_STEPS, sets)) {
      for (int node = 0; node < nodes; node++) {
        cluster.start(node, trains(node, planted), Map.of());
        cluster.expectEnd(node);
      }
      await()
          .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
          .until(() -> IntStream.range(0, nodes).anyMatch(node -> !cluster.isAlive(node)));
      int dead = IntStream.range(0, nodes).filter(node -> !cluster.isAlive(node)).sum();
      assertThat(error("node-" + dead)).as(cluster::logs).content().contains("SIGSEGV");
      cluster.start(dead, trains(dead, planted), Map.of());
      cluster.awaitDone();

      for (int node = 0; node < nodes; node++) {
        assertThat(cluster.log(node))
            .contains(
                node == dead
                    ? "image 70.gif takes down the process that decodes it"
                    : "another node found that a file of ");
        assertThat(error("node-" + node).toFile().exists()).isEqualTo(node == dead);
      }
      assertThat(Files.readAllLines(cluster.out().resolve("quarantine.jsonl")))
          .hasSizeGreaterThanOrEqualTo(EPOCHS)
          .allMatch(line -> line.contains(BadImage.Cause.CRASHES_DECODER.name()));
      cluster.assertExactLedger();
    }
  }

  private ProcessRun.Kind trains(int node, Path planted) {
    return new ProcessRun.Kind(jvm("node-" + node, planted), ProcessRun.Kind.PRETRAIN.main());
  }

  @SideBySide
  void shouldLearnWhereItOnlyDecodes() throws Exception {
    String[] sets = {"cluster.min-trainers=1", TRAINING.get(0)};
    Path planted = PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.CRASHES);
    List<String> main =
        List.of(Main.class.getName(), "pretrain", "--set", "cluster.roles=[pipeline]");
    ProcessRun.Kind decodes = new ProcessRun.Kind(jvm("decodes", planted), main);
    try (ProcessCluster cluster = new ProcessCluster(2, images, temp, MANY_STEPS, sets)) {
      cluster.start(0);
      cluster.awaitSteps(1);
      cluster.start(1, decodes, Map.of());
      cluster.expectEnd(1);
      assertThat(cluster.end(1)).isNotZero();
      assertThat(error("decodes")).content().contains("SIGSEGV");

      cluster.start(1, decodes, Map.of());
      cluster.untilAsserted(
          () -> assertThat(cluster.log(0)).containsPattern("(?s)(decodes for this node.*){2}"));
      assertThat(cluster.log(1))
          .containsPattern("image 7[01]\\.gif takes down the process that decodes it");
      assertThat(list(cluster.out())).hasSize(1);
      long reached = ProcessRun.committed(cluster.out());
      cluster.awaitSteps(reached + 100);
      cluster.terminate(1);
      assertThat(cluster.end(1)).as(cluster.log(1)).isEqualTo(5);
      assertThat(cluster.log(1)).containsPattern("decoded [1-9][0-9,]* images \\([1-9][0-9]* bad");
      cluster.terminate(0);
      assertThat(cluster.end(0)).isEqualTo(5);
    }
  }

  @SideBySide
  void shouldDecodeWhatWasInnocentAsEver() throws Exception {
    Path undisturbed = temp.resolve("undisturbed");
    assertThat(finish(start(undisturbed, null, TRAINING))).isZero();

    Path killed = temp.resolve("killed");
    Process process =
        start(killed, PlantedGif.plant(temp.resolve("planted"), PlantedGif.Mode.HANGS), TRAINING);
    try {
      await()
          .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || log("killed").contains("planted: hangs"));
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(finish(start(killed, null, TRAINING))).as(log("killed")).isZero();

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

  /** They are no images any more, and have their sizes still. */
  private void breakGifs() throws IOException {
    for (String name : GIFS) {
      Path gif = images.resolve(name);
      Files.write(gif, new byte[Math.toIntExact(Files.size(gif))]);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** All that was found but how long it took. */
  private static List<String> findings(Path log) throws IOException {
    List<String> findings = new ArrayList<>();
    for (FindingLog.Line line : FindingLog.read(log)) {
      Map<String, Double> numbers = new TreeMap<>(line.numbers());
      numbers.remove("seconds");
      findings.add(line.step() + " " + line.text() + " " + numbers);
    }
    return findings;
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

  private Process start(Path run, Path planted, List<String> sets) throws IOException {
    String name = run.getFileName().toString();
    ProcessRun.Kind kind = new ProcessRun.Kind(jvm(name, planted), ProcessRun.Kind.PRETRAIN.main());
    Map<String, String> credentials =
        Map.of("AWS_ACCESS_KEY_ID", "reader", "AWS_SECRET_ACCESS_KEY", "open sesame");
    return ProcessRun.start(
        kind, credentials, images, run, temp.resolve(name + ".log"), STEPS, sets);
  }

  private List<String> jvm(String name, Path planted) {
    String before = planted == null ? "" : planted + File.pathSeparator;
    return List.of(
        "-XX:-CreateCoredumpOnCrash",
        "-XX:ErrorFile=" + error(name),
        "-cp",
        before + System.getProperty("java.class.path"));
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
