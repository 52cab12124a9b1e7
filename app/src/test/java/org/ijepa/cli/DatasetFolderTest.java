package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ijepa.cli.Outcome.run;

import akka.actor.typed.ActorSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.ijepa.dataset.ShardDataset;
import org.ijepa.embedded.EmbeddedS3;
import org.ijepa.node.Services;
import org.ijepa.source.DataSource;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatasetFolderTest {
  private static ActorSystem<Object> system;

  @TempDir Path temp;
  private Path images;
  private Set<String> expected;

  @BeforeAll
  static void startSystem() {
    system = Services.start(4);
  }

  @AfterAll
  static void stopSystem() {
    Services.stop(system);
  }

  /** Images that hold their own label and path. */
  @BeforeEach
  void writeImages() throws IOException {
    images = temp.resolve("images");
    expected = new TreeSet<>();
    for (int i = 0; i < 25; i++) {
      String label = List.of("cat", "dog/small", "ä").get(i % 3);
      String text = label + ": " + "x".repeat(i * 50) + i;
      Path folder = Files.createDirectories(images.resolve(label));
      Files.writeString(folder.resolve("%d.of.%s.jpg".formatted(i, "y".repeat(i * 5))), text);
      expected.add(text);
    }
  }

  /** Writes the images as shards. */
  private Outcome shards(String out, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("dataset", "folder", "--data", images.toString(), "--out", out));
    arguments.addAll(List.of(options));
    return run(arguments.toArray(String[]::new));
  }

  private static Store store(String uri, S3Access access) {
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(10), Duration.ofMillis(10), Duration.ZERO, Duration.ofSeconds(20));
    return Store.open(uri, access, policy, system);
  }

  private static DataSource open(String uri, S3Access access) {
    return DataSource.open(uri, root -> store(root, access), Optional.empty(), system)
        .toCompletableFuture()
        .join();
  }

  private static void assertHolds(String uri, S3Access access, Set<String> expected, int shards) {
    DataSource source = open(uri, access);
    assertThat(source.problems()).isEmpty();
    assertThat(source.index().samplesOfShards()).hasSize(shards);
    List<String> found = new ArrayList<>();
    for (long i = 0; i < source.index().size(); i++) {
      String text = source.fetch(i).toCompletableFuture().join().utf8String();
      assertThat(text).startsWith(source.index().label(i).orElseThrow() + ": ");
      found.add(text);
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void shouldWriteEveryImageOnceWithItsLabel() throws IOException {
    Path out = temp.resolve("shards");
    Outcome outcome = shards(out.toString(), "--shard-size", "10");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("25 images in 3 shards");
    assertHolds(out.toString(), S3Access.amazon(), expected, 3);
    assertHolds(out + "/shard-{000000..000002}.tar", S3Access.amazon(), expected, 3);

    Path again = temp.resolve("again");
    shards(again.toString(), "--shard-size", "10");
    for (int i = 0; i < 3; i++) {
      String name = "shard-00000%d.tar".formatted(i);
      assertThat(again.resolve(name)).hasSameBinaryContentAs(out.resolve(name));
    }
  }

  @Test
  void shouldCarryTheColumnsOfATable() throws IOException {
    Files.write(
        images.resolve("labels.csv"),
        List.of(
            "path,breed,age,note",
            "cat/0.of..jpg,persian,7,\"sleeps, mostly\"",
            "dog/small/1.of.yyyyy.jpg,pug,07,",
            "dog/small/10.of.%s.jpg,,3,".formatted("y".repeat(50)),
            "cat/99.jpg,persian,1,"));
    Path out = temp.resolve("shards");
    Outcome outcome = shards(out.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("warning: 1 of 4 lines of ", " name no image, the first is cat/99.jpg")
        .contains("warning: 22 images have no labels in labels.csv");
    Map<String, String> members = new TreeMap<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(Files.newInputStream(out.resolve("shard-000000.tar")))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!entry.getName().endsWith(".jpg")) {
          members.put(entry.getName(), new String(tar.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    assertThat(members)
        // No folder's name for those that the table has no label of, and no other column's label.
        .hasSize(5)
        .containsEntry("dog/small/10-10_of_%s.json".formatted("y".repeat(50)), "{\"age\":3}")
        .containsEntry("cat/00-0_of_.cls", "persian")
        .containsEntry(
            "cat/00-0_of_.json", "{\"breed\":\"persian\",\"age\":7,\"note\":\"sleeps, mostly\"}")
        // A number that would lose a digit stays text.
        .containsEntry("dog/small/09-1_of_yyyyy.json", "{\"breed\":\"pug\",\"age\":\"07\"}");
  }

  @Test
  void shouldWriteIntoABucket() throws Exception {
    try (EmbeddedS3 server = EmbeddedS3.start(temp.resolve("s3"))) {
      server.createBucket("sets");
      System.setProperty("aws.accessKeyId", server.credentials().accessKeyId());
      System.setProperty("aws.secretAccessKey", server.credentials().secretAccessKey());
      Outcome outcome = shards("s3://sets/pets", "--set", "data.s3.endpoint=" + server.endpoint());
      assertThat(outcome.code()).as(outcome.err()).isZero();
      S3Access access = new S3Access(Optional.of(server.endpoint()), Optional.empty(), false);
      assertHolds("s3://sets/pets", access, expected, 1);
    } finally {
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
  }

  @Test
  void shouldGoOnWhereItWasBrokenOff() throws IOException {
    Path whole = temp.resolve("whole");
    assertThat(shards(whole.toString(), "--shard-size=10").code()).isZero();
    Path broken = temp.resolve("broken");
    DataSource source = open(images.toString(), S3Access.amazon());
    ShardDataset dataset =
        new ShardDataset(source, store(broken.toString(), S3Access.amazon()), system);
    assertThatThrownBy(() -> dataset.write(10, 0, DatasetFolderTest::killedInTheSecondShard))
        .hasRootCauseMessage("killed");
    assertThat(names(broken)).hasSize(2).contains("shard-000000.tar");
    FileTime longAgo = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(broken.resolve("shard-000000.tar"), longAgo);

    Outcome otherShards = shards(broken.toString(), "--shard-size=9");
    assertThat(otherShards.code()).isEqualTo(2);
    assertThat(otherShards.err()).contains("is not empty");

    assertThat(shards(broken.toString(), "--shard-size=10").code()).isZero();
    assertThat(names(broken)).isEqualTo(names(whole)).hasSize(3);
    for (String name : names(whole)) {
      assertThat(broken.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
    assertThat(Files.getLastModifiedTime(broken.resolve("shard-000000.tar"))).isEqualTo(longAgo);
    assertThat(shards(broken.toString(), "--shard-size=10").err()).contains("is not empty");
  }

  private static void killedInTheSecondShard(long images) {
    if (images > 12) {
      throw new IllegalStateException("killed");
    }
  }

  private static Set<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void shouldRefuseAFolderThatIsNotEmptyAndASourceThatIs() throws IOException {
    Outcome outcome =
        run("dataset", "folder", "--data", images.toString(), "--out", images.toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("is not empty").hasLineCount(1);
    Path empty = Files.createDirectory(temp.resolve("empty"));
    outcome =
        run("dataset", "folder", "--data", empty.toString(), "--out", temp.resolve("x").toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("nothing there").hasLineCount(1);
    outcome =
        run(
            "dataset",
            "folder",
            "--data",
            temp + "/{0..3.tar",
            "--out",
            temp.resolve("x").toString());
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("without its other one").hasLineCount(1);
  }
}
