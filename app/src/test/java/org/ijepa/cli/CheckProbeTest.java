package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.embedded.EmbeddedS3;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code check --probe} says, of a model that takes no time. */
final class CheckProbeTest {
  private static final String BUCKET = "scenes";
  private static final int IMAGES = 40;

  @TempDir static Path shared;
  @TempDir Path temp;

  @BeforeAll
  static void render() {
    Outcome outcome =
        run(
            "dataset",
            "scenes",
            "--size=40",
            "--count=" + IMAGES,
            "--out=" + shared.resolve("s3").resolve(BUCKET).resolve("images"));
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private static Path images() {
    return shared.resolve("s3").resolve(BUCKET).resolve("images");
  }

  private static Outcome probe(String... more) {
    List<String> arguments = new ArrayList<>(List.of("check", "--probe"));
    arguments.addAll(
        TinyModel.sets(
            "model.encoder=\"16/2/2\"",
            "optimization.micro-batch=2",
            "optimization.epochs=3",
            "cluster.device=cpu",
            "cluster.trainers=1"));
    for (String each : more) {
      if (!each.startsWith("-")) {
        arguments.add("--set");
      }
      arguments.add(each);
    }
    Outcome outcome = run(arguments.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome;
  }

  private static long bytes() throws IOException {
    try (Stream<Path> files = Files.list(images())) {
      return files
          .filter(file -> file.toString().endsWith(".jpg"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  @Test
  void shouldSayHowLongAnEpochTakesAndWhatItReads() throws IOException {
    String out = probe("data.uri=" + images()).out();
    assertThat(out)
        .containsPattern(
            "# probe: a micro-batch of 2 takes \\d+ ms, an update \\d+ ms, on 1 thread in fp32")
        .containsPattern(
            "# probe: steps of 2 images, [\\d.e-]+ TFLOP each, for 10 seconds, or one ")
        .containsPattern("# probe: 48 images of [\\d.]+ kB on average come at [\\d.]+ images/s; ")
        .containsPattern("# data: .*images: 40 images; an epoch reads [\\d.]+ KiB\\R")
        .containsPattern("# time: a step of 8 images \\S+ m?s with the trainer of this machine, ")
        .containsPattern("; (the trainers limit|decoding limits|reading limits) \\(of a step: ")
        .containsPattern(
            "# time: an epoch of 5 steps \\S+ (ms|s|min), the run of 15 steps \\S+ (ms|s|min)")
        .containsPattern("# checkpoints: every 15 steps are ")
        .contains("that loses all, of one node every 72.2 days, undoes ")
        .doesNotContain("requests");
    double kib = Double.parseDouble(out.replaceAll("(?s).*an epoch reads (\\S+) KiB.*", "$1"));
    assertThat(kib * 1024).isBetween(bytes() * 0.99, bytes() * 1.01);
    // What was tried stands in comments: all of it can still be read as a configuration.
    Path file = Files.writeString(temp.resolve("checked.conf"), out);
    assertThat(run("check", "--config", file.toString()).code()).isZero();
  }

  @Test
  void shouldCountTheRequestsToS3() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start(shared.resolve("s3"))) {
      s3.credentials().useHere();
      String[] where = {
        "data.s3.endpoint=\"" + s3.endpoint() + "\"", "data.uri=" + s3.uri(BUCKET, "images")
      };
      assertThat(probe(where).out())
          .containsPattern(
              "# data: s3://scenes/images: 40 images; an epoch reads \\S+ KiB by 40 requests; to list"
                  + " it takes 1 at each start of a node\\R");
      // Of 40 images a global batch of 16 uses 32 an epoch.
      assertThat(probe(where[0], where[1], "optimization.global-batch=16").out())
          .contains("KiB by 32 requests; ");
    } finally {
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
  }

  @Test
  void shouldSayWhatItCanWhereThereIsNoData() {
    assertThat(probe().out())
        .contains("# probe: a micro-batch of 2 takes ")
        .contains("# probe: data.uri is not set")
        .contains("# time: a step of 8 images ")
        .contains("; how fast images come is not known")
        .doesNotContain("# time: an epoch");
    assertThat(probe("data.uri=" + temp.resolve("nowhere")).out())
        .contains("# warning: nothing is known of the data: ")
        .contains("no such folder")
        .contains("# time: a step of 8 images ");
  }

  @Test
  void shouldSayWhatIsIgnored() throws IOException {
    Path mixed = Files.createDirectory(temp.resolve("mixed"));
    try (Stream<Path> files = Files.list(images())) {
      for (Path file : files.toList()) {
        Files.copy(file, mixed.resolve(file.getFileName()));
      }
    }
    Files.createFile(mixed.resolve("notes.txt"));
    assertThat(probe("data.uri=" + mixed).out())
        .contains("mixed: 40 images, 1 other file is ignored, the first is notes.txt; an epoch");
    Files.createFile(mixed.resolve("a.tar"));
    assertThat(probe("data.uri=" + mixed).out())
        .contains("# warning: nothing is known of the data: ")
        .contains("images and shards, 40 that begin with");
  }

  @Test
  void shouldNotWaitLongForAServerThatIsNotThere() {
    long began = System.nanoTime();
    System.setProperty("aws.accessKeyId", "reader");
    System.setProperty("aws.secretAccessKey", "nobody's");
    try {
      assertThat(probe("data.uri=s3://b/p", "data.s3.endpoint=\"http://127.0.0.1:1\"").out())
          .contains("# warning: nothing is known of the data: ");
    } finally {
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
    assertThat((System.nanoTime() - began) * 1e-9).isLessThan(60);
  }

  @Test
  void shouldWarnOfCheckpointsFarFromTheBestDistance() throws IOException {
    Path machine =
        Files.writeString(
            temp.resolve("machine.conf"),
            "machine.failures { node-mtbf = 30 seconds, outage-mtbf = 1 day }\n");
    String[] given = {"data.uri=" + images(), "optimization.epochs=1000", "--machine=" + machine};
    assertThat(probe(given).out())
        .containsPattern(
            "# warning: checkpoint.every-steps = 500 makes the run \\d+ % longer than");
    assertThat(probe("data.uri=" + images(), "optimization.epochs=1000").out())
        .doesNotContain("% longer");
  }

  @Test
  void shouldTryNothingUnasked() {
    Outcome outcome =
        run("check", "--set", "data.uri=/nowhere", "--set", "checkpoint.uri=s3://b/p");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .doesNotContain("# probe: ", "# data: ", "# time: ")
        .contains("# time of an epoch, and what it reads: ijepa check --probe tries it")
        // 4 x (3 x 653 M + 631 M) and the position tables; parts of 5 MiB.
        .containsPattern(
            "# checkpoints: 9\\.\\d+ GiB every 500 steps, about [12],\\d\\d\\d requests each; and a request"
                + " every 3 s for the run's sign of life");
  }
}
