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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.ijepa.failure.Failure;
import org.ijepa.source.DataSource;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LabelsTest {
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

  /** The labels of all samples. */
  private List<String> labels() {
    return labels(Optional.empty(), Optional.empty());
  }

  private List<String> labels(Optional<LabelTable> table, Optional<String> column) {
    DataSource source = source();
    Labels labels = Labels.read(source, table, column, system);
    List<String> classes = Labels.classes(labels, labels);
    return Arrays.stream(labels.numbers(classes, all(source))).mapToObj(classes::get).toList();
  }

  private static long[] all(DataSource source) {
    return LongStream.range(0, source.size()).toArray();
  }

  private static Store store(Path folder) {
    return LocalFolder.store(folder.toString(), system);
  }

  private DataSource source() {
    return DataSource.open(
            folder.toString(), root -> LocalFolder.store(root, system), Optional.empty(), system)
        .toCompletableFuture()
        .join();
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

  @Test
  void shouldTellApartNumbersThatAreWrittenInTwoWays() throws IOException {
    String[] kinds = {"10", "1a", "1", "cat", "9", "01"};
    StringBuilder table = new StringBuilder("path,kind\n");
    List<String> files = new ArrayList<>();
    for (int i = 0; i < kinds.length; i++) {
      files.addAll(List.of(i + ".jpg", ""));
      table.append("a.tar/%d.jpg,%s%n".formatted(i, kinds[i]));
    }
    shard("a.tar", files.toArray(String[]::new));
    Files.writeString(folder.resolve("labels.csv"), table);
    assertThat(labels()).containsExactly(kinds);
    Labels read = Labels.read(source(), Optional.empty(), Optional.empty(), system);
    assertThat(Labels.classes(read, read)).containsExactly("01", "1", "9", "10", "1a", "cat");
  }

  @Test
  void shouldTakeTheUsualFieldsOfJson() throws IOException {
    shard(
        "a.tar",
        "1.json",
        "{\"label\": \"owl\"}",
        "1.jpg",
        "",
        "2.jpg",
        "",
        "2.json",
        "{\"cls\": 7}");
    shard("b.tar", "3.jpg", "", "3.json", "{\"class\": \" cat \", \"a\": [1, 2]}");
    assertThat(labels()).containsExactly("owl", "7", "cat");
  }

  @Test
  void shouldTakeTheFieldThatIsNamed() throws IOException {
    shard("a.tar", "x/1.jpg", "", "x/1.cls", "7", "x/1.json", "{\"count\": 4, \"label\": \"owl\"}");
    assertThat(labels(Optional.empty(), Optional.of("count"))).containsExactly("4");
    assertThat(labels()).containsExactly("7");
  }

  @Test
  void shouldReadNumbersOfJson() throws IOException {
    shard("a.tar", "1.jpg", "", "1.json", "{\"nearest\": 8.25}");
    shard("b.tar", "2.jpg", "", "2.json", "{\"nearest\": -1e-2}");
    DataSource source = source();
    Labels labels = Labels.read(source, Optional.empty(), Optional.of("nearest"), system);
    assertThat(labels.values(all(source))).containsExactly(8.25, -0.01);
  }

  @Test
  void shouldNameALabelThatIsNoNumber() throws IOException {
    shard("a.tar", "1.jpg", "", "1.json", "{\"label\": \"owl\"}");
    DataSource source = source();
    Labels labels = Labels.read(source, Optional.empty(), Optional.empty(), system);
    assertThatThrownBy(() -> labels.values(all(source)))
        .isInstanceOf(Failure.class)
        .hasMessage("the label of a.tar/1.jpg is \"owl\", which is no number");
  }

  @Test
  void shouldCountSamplesWhoseJsonHasNoLabelAndSayWhy() throws IOException {
    shard(
        "a.tar", "1.jpg", "", "1.json", "{\"kind\": \"owl\"}", "2.jpg", "", "2.json", "{\"kind\"");
    shard("b.tar", "3.jpg", "", "4.jpg", "", "4.json", "{\"kind\": [1]}");
    assertThatThrownBy(() -> labels(Optional.empty(), Optional.of("kind")))
        .isInstanceOf(Failure.class)
        .hasMessage(
            "3 of 4 samples have no label kind, the first is a.tar/2.jpg: its .json cannot be read");
    assertThatThrownBy(this::labels)
        .hasMessage(
            "4 of 4 samples have no label, the first is a.tar/1.jpg:"
                + " its .json has no field label, cls, class");
  }

  @Test
  void shouldNotMixFoldersWithLabels() throws IOException {
    shard("a.tar", "x/1.jpg", "", "x/1.cls", "7", "x/2.jpg", "");
    assertThatThrownBy(this::labels).hasMessageContaining("1 of 2 samples have no label");
  }

  @Test
  void shouldTakeATableFromElsewhere(@TempDir Path elsewhere) throws IOException {
    Files.writeString(folder.resolve("1.jpg"), "");
    Files.writeString(folder.resolve("a, b.jpg"), "");
    Files.writeString(folder.resolve("labels.csv"), "path,kind\n1.jpg,cat\na b.jpg,cat\n");
    Files.writeString(
        elsewhere.resolve("mine.csv"),
        "\uFEFFpath,kind,count\r\n1.jpg,owl,3\r\n\"a, b.jpg\",\"dog \"\"Rex\"\"\",4\r\n");
    LabelTable table = LabelTable.read(store(elsewhere), "mine.csv");
    assertThat(labels(Optional.of(table), Optional.empty())).containsExactly("owl", "dog \"Rex\"");
    assertThat(labels(Optional.of(table), Optional.of("count"))).containsExactly("3", "4");
    assertThatThrownBy(() -> labels(Optional.of(table), Optional.of("size")))
        .hasMessage(elsewhere + "/mine.csv has the columns [path, kind, count], not size");
  }

  @Test
  void shouldCountLinesThatNameNoSample() throws IOException {
    Files.writeString(folder.resolve("1.jpg"), "");
    Path table = folder.resolve("labels.csv");
    Files.writeString(table, "path,kind\n1.jpg,owl\n1.jpg,owl\n2.jpg,owl\n3.jpg,cat\n");
    Labels labels = Labels.read(source(), Optional.empty(), Optional.empty(), system);
    assertThat(labels.strays())
        .contains("2 of 4 lines of " + table + " name no image, the first is 2.jpg");
    Files.writeString(table, "path,kind\n1.jpg,owl\n");
    labels = Labels.read(source(), Optional.empty(), Optional.empty(), system);
    assertThat(labels.strays()).isEmpty();
  }

  @Test
  void shouldRefuseATableThatIsNoneOrLacksASample(@TempDir Path elsewhere) throws IOException {
    Files.writeString(folder.resolve("1.jpg"), "");
    Path file = elsewhere.resolve("mine.csv");
    Files.writeString(file, "");
    assertThatThrownBy(() -> LabelTable.read(store(elsewhere), "mine.csv"))
        .hasMessage(file + " has no header path,NAME");
    Files.writeString(file, "path,kind\n2.jpg,owl\n");
    LabelTable table = LabelTable.read(store(elsewhere), "mine.csv");
    assertThatThrownBy(() -> labels(Optional.of(table), Optional.empty()))
        .hasMessage(
            "1 of 1 samples have no label, the first is 1.jpg: " + file + " has no line for it");
    Files.writeString(file, "1.jpg,owl\n2.jpg,cat\n");
    LabelTable headless = LabelTable.read(store(elsewhere), "mine.csv");
    assertThatThrownBy(() -> labels(Optional.of(headless), Optional.empty()))
        .hasMessage(
            "1 of 1 samples have no label, the first is 1.jpg: "
                + file
                + " has its line for a header, which must stand before it");
    Files.writeString(file, "path,kind\n1.jpg,\n");
    LabelTable blank = LabelTable.read(store(elsewhere), "mine.csv");
    assertThatThrownBy(() -> labels(Optional.of(blank), Optional.empty()))
        .hasMessageContaining(file + " leaves it empty");
    Files.writeString(file, "path,kind\n1.jpg,owl\n1.jpg,cat\n");
    LabelTable twice = LabelTable.read(store(elsewhere), "mine.csv");
    assertThatThrownBy(() -> labels(Optional.of(twice), Optional.empty()))
        .hasMessage(file + " gives 1.jpg two labels, owl and cat");
  }
}
