package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.store.EmbeddedS3;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images, shards and objects that change while a run reads them end it, named and resumably: a
 * substitute would make it another run.
 */
final class ChangedSourceRunTest {
  /** Said of a file that changed while it was being read. */
  private static final String UNDER_WAY = "was written anew since it was indexed";

  private static final String[] OF_IMAGES = {"optimization.steps=20"};
  private static final String[] OF_SHARDS = {
    "optimization.steps=20", "data.tail=carry", "order.window=8"
  };

  @TempDir static Path shared;
  @TempDir Path temp;

  /** As they were. */
  private static Path images;

  private static Path shards;

  /** Runs on them that nothing happened to. */
  private static Path undisturbedImages;

  private static Path undisturbedShards;

  @BeforeAll
  static void runUndisturbed() throws Exception {
    images = SmallRun.images(shared.resolve("images"));
    shards = SmallRun.shards(shared.resolve("shards"), images);
    undisturbedImages = shared.resolve("undisturbed-images");
    SmallRun.run(SmallRun.settings(images, OF_IMAGES), undisturbedImages, StepProbe.NONE);
    undisturbedShards = shared.resolve("undisturbed-shards");
    SmallRun.run(SmallRun.settings(shards, OF_SHARDS), undisturbedShards, StepProbe.NONE);
  }

  /** Does something to a file, or to the object of its name. */
  private interface Change {
    void apply(Path file) throws IOException;

    default void applyToAll(Path folder) throws IOException {
      for (Path file : SmallRun.files(folder)) {
        apply(file);
      }
    }
  }

  /** A run that something happens to once its first step is decided. */
  private static RunOutcome run(Settings settings, Path out, Change change, Path files)
      throws Exception {
    RunListener changing =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {
            try {
              if (metrics.step() == 0) {
                change.applyToAll(files);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public void noted(String text) {}
        };
    return SmallRun.run(settings, out, StepProbe.NONE, changing);
  }

  /**
   * The same files again let the same command end as a run that nothing happened to.
   *
   * @param files {@link #images} or {@link #shards}
   * @param back puts one of them back
   */
  private void assertEndsAndGoesOn(
      Settings settings, Path files, Change change, Change back, String... words) throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome = run(settings, out, change, files);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(outcome.text()).contains("cannot read a sample", ".png");
    for (String word : words) {
      assertThat(outcome.text()).containsPattern(word);
    }
    back.applyToAll(files);
    RunOutcome rest = SmallRun.run(settings, out, StepProbe.NONE);
    assertThat(rest.exitCode()).as(rest.text()).isEqualTo(ExitCode.DONE);
    Path undisturbed = files.equals(shards) ? undisturbedShards : undisturbedImages;
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
    assertThat(SmallRun.losses(out)).isEqualTo(SmallRun.losses(undisturbed));
    assertThat(Files.readString(out.resolve("quarantine.jsonl"))).isEmpty();
  }

  /** The same for copies of the files. */
  private void assertFolder(Path files, String[] sets, Change change, String... words)
      throws Exception {
    Path copies = Files.createDirectory(temp.resolve("copies"));
    Change put = file -> Files.write(copies.resolve(file.getFileName()), Files.readAllBytes(file));
    put.applyToAll(files);
    assertEndsAndGoesOn(
        SmallRun.settings(copies, sets),
        files,
        file -> change.apply(copies.resolve(file.getFileName())),
        put,
        words);
  }

  /** What is said of the sources by a run that goes on, or begins. */
  private List<String> warnings(Path copies, Path out) throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    RunListener hearing =
        new RunListener() {
          @Override
          public void committed(StepMetrics metrics) {}

          @Override
          public void noted(String text) {
            if (text.startsWith("warning: " + copies)) {
              warnings.add(text);
            }
          }
        };
    SmallRun.run(SmallRun.settings(copies, OF_IMAGES), out, StepProbe.NONE, hearing);
    return warnings;
  }

  @Test
  void shouldWarnOfWhatWasWrittenAnewBetweenTwoStarts() throws Exception {
    Path copies = SmallRun.images(temp.resolve("copies"));
    for (String name : List.of("same", "other")) {
      SmallRun.stopAfter(1, SmallRun.settings(copies, OF_IMAGES), temp.resolve(name));
    }
    assertThat(warnings(copies, temp.resolve("same"))).isEmpty();
    Files.setLastModifiedTime(
        SmallRun.files(copies).get(0), FileTime.from(Instant.parse("2021-01-01T00:00:00Z")));
    assertThat(warnings(copies, temp.resolve("other")))
        .hasSize(1)
        .allMatch(text -> text.contains("files were written anew since the run began"));
  }

  private void assertImages(Change change, String word) throws Exception {
    assertFolder(images, OF_IMAGES, change, temp.toString(), word);
  }

  @Test
  void shouldEndResumablyWhenImagesVanish() throws Exception {
    assertImages(Files::delete, "was there when it was indexed and is gone");
  }

  /** No checkpoint was due yet: the trainers that read no more have all that is to be saved. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldSaveTheStepsThatAreDoneWhenImagesVanish(int trainers) throws Exception {
    Path copies = SmallRun.images(temp.resolve("copies"));
    Path out = temp.resolve("run");
    Settings settings =
        SmallRun.settings(
            copies,
            "optimization.steps=20",
            "checkpoint.every-steps=1000",
            "cluster.trainers=" + trainers);
    RunOutcome outcome = run(settings, out, Files::delete, copies);

    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(outcome.text()).contains("cannot read a sample").doesNotContain("not be written");
    assertThat(outcome.step()).isPositive();
    try (Stream<Path> checkpoints = Files.list(out.resolve("checkpoints"))) {
      assertThat(checkpoints.map(path -> path.getFileName().toString()))
          .filteredOn(name -> name.startsWith("step-"))
          .singleElement()
          .asString()
          .startsWith(new CheckpointName(outcome.step(), 0).toString().replaceFirst("g0$", "g"));
    }
  }

  @Test
  void shouldEndResumablyWhenImagesGrow() throws Exception {
    assertImages(
        image -> Files.write(image, new byte[Math.toIntExact(2 * Files.size(image))]),
        "of when it was indexed|" + UNDER_WAY);
  }

  @Test
  void shouldEndResumablyWhenImagesShrink() throws Exception {
    assertImages(image -> Files.write(image, new byte[1]), "written anew");
  }

  @Test
  void shouldEndResumablyWhenImagesBecomeOthersOfTheirSize() throws Exception {
    assertImages(
        image -> Files.write(image, new byte[Math.toIntExact(Files.size(image))]), "written anew");
  }

  private void assertShards(Change change, String word) throws Exception {
    assertFolder(shards, OF_SHARDS, change, temp.toString(), ".tar/", word);
  }

  @Test
  void shouldEndResumablyWhenShardsVanish() throws Exception {
    assertShards(Files::delete, "was there when it was indexed and is gone");
  }

  @Test
  void shouldEndResumablyWhenShardsAreCut() throws Exception {
    assertShards(shard -> Files.write(shard, new byte[512]), "its shard is shorter|" + UNDER_WAY);
  }

  /** Where a sample was begins another now, or the middle of one: no image, or another one. */
  @Test
  void shouldEndResumablyWhenShardsAreWrittenAnewInAnotherOrder() throws Exception {
    assertShards(
        shard -> {
          byte[] bytes = Files.readAllBytes(shard);
          byte[] moved = Arrays.copyOf(bytes, bytes.length);
          System.arraycopy(bytes, 0, moved, 2048, bytes.length - 2048);
          Files.write(shard, moved);
        },
        "its shard was written anew");
  }

  /** The same for objects of a bucket: {@code change} gets the names of their files. */
  private void assertObjects(
      EmbeddedS3 s3, Path files, String[] sets, Change change, String... words) throws Exception {
    Change put = file -> s3.put(key(file), Files.readAllBytes(file));
    put.applyToAll(files);
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("data.s3.endpoint=\"http://127.0.0.1:" + s3.port() + "\"");
    // What is held in memory does not change.
    all.add("pipeline.fetch.memory=0");
    String uri = "s3://" + EmbeddedS3.BUCKET + "/set";
    assertEndsAndGoesOn(
        SmallRun.settings(uri, all.toArray(String[]::new)), files, change, put, words);
  }

  private static String key(Path file) {
    return "set/" + file.getFileName();
  }

  @Test
  void shouldEndResumablyWhenObjectsVanish() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      assertObjects(
          s3,
          images,
          OF_IMAGES,
          file -> s3.delete(key(file)),
          "s3://images/set/",
          "was there when it was indexed and is gone");
    }
  }

  @Test
  void shouldEndResumablyWhenObjectsBecomeOthersOfTheirSize() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      assertObjects(
          s3,
          images,
          OF_IMAGES,
          file -> s3.put(key(file), new byte[Math.toIntExact(Files.size(file))]),
          "s3://images/set/",
          "it was written anew since it was indexed");
    }
  }

  @Test
  void shouldEndResumablyWhenObjectsHaveAnotherSize() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      assertObjects(
          s3,
          images,
          OF_IMAGES,
          file -> s3.put(key(file), new byte[1]),
          "s3://images/set/",
          "it was written anew since it was indexed");
    }
  }

  @Test
  void shouldEndResumablyWhenShardsOfABucketAreCut() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      assertObjects(
          s3,
          shards,
          OF_SHARDS,
          file -> s3.put(key(file), new byte[512]),
          "s3://images/set/t-",
          "its shard");
    }
  }

  @Test
  void shouldEndResumablyWhenShardsOfABucketVanish() throws Exception {
    try (EmbeddedS3 s3 = EmbeddedS3.start()) {
      assertObjects(
          s3,
          shards,
          OF_SHARDS,
          file -> s3.delete(key(file)),
          "s3://images/set/t-",
          "was there when it was indexed and is gone");
    }
  }
}
