package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.ijepa.failure.Failure;
import org.ijepa.source.DataSource;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LabelsTest {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
  private static ActorSystem<Object> system;

  @TempDir Path folder;

  @BeforeAll
  static void startSystem() {
    system = ActorSystem.create(Behaviors.ignore(), "LabelsTest");
  }

  @AfterAll
  static void stopSystem() {
    system.terminate();
  }

  private void shard(String name, String... membersAndContents) throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve(name));
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (int i = 0; i < membersAndContents.length; i += 2) {
        byte[] contents = membersAndContents[i + 1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(membersAndContents[i]);
        entry.setSize(contents.length);
        tar.putArchiveEntry(entry);
        tar.write(contents);
        tar.closeArchiveEntry();
      }
    }
  }

  /** The labels of all samples, by name. */
  private List<String> labels() {
    DataSource source =
        DataSource.open(
                folder.toString(),
                root -> Store.open(root, S3Access.amazon(), ONCE, system),
                Optional.empty(),
                system)
            .toCompletableFuture()
            .join();
    Labels labels = Labels.read(source.store(), source.index(), Optional.empty());
    List<String> classes = Labels.classes(labels, labels);
    long[] all = LongStream.range(0, source.index().size()).toArray();
    return Arrays.stream(labels.numbers(classes, all)).mapToObj(classes::get).toList();
  }

  @Test
  void shouldTakeTheLabelsInShards() throws IOException {
    shard("a.tar", "x/1.jpg", "", "x/1.cls", "7\n", "x/2.cls", "3", "x/2.jpg", "");
    shard("b.tar", "x/3.jpg", "", "x/3.cls", "7");
    assertThat(labels()).containsExactly("7", "3", "7");
  }

  @Test
  void shouldTakeTheFoldersWithinShardsWhereTheyHaveNoLabels() throws IOException {
    shard("a.tar", "cat/1.jpg", "", "dog/2.jpg", "");
    assertThat(labels()).containsExactly("cat", "dog");
  }

  @Test
  void shouldPreferTheTableBesideTheShards() throws IOException {
    shard("a.tar", "1.jpg", "", "1.cls", "7");
    Files.writeString(folder.resolve("labels.csv"), "path,kind\na.tar/1.jpg,owl\n");
    assertThat(labels()).containsExactly("owl");
  }

  @Test
  void shouldNameASampleWithoutALabel() throws IOException {
    shard("a.tar", "cat/1.jpg", "", "2.jpg", "");
    assertThatThrownBy(this::labels)
        .isInstanceOf(Failure.class)
        .hasMessageContaining("1 of 2 samples have no label, the first is a.tar/2.jpg");
  }
}
