package org.ijepa.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ijepa.order.Tail;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerFileTest {
  private static final LedgerHeader HEADER = Ledgers.header();

  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = folder.resolve("ledger.jsonl");
  }

  private void write(List<LedgerEntry> entries) throws IOException {
    try (LedgerFile file = LedgerFile.open(path, HEADER)) {
      for (LedgerEntry entry : entries) {
        file.append(entry);
      }
    }
  }

  @Test
  void shouldReadWhatWasAppended() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    write(entries.subList(0, 5));
    write(entries.subList(5, 9));
    LedgerContents contents = LedgerFile.read(path);
    assertThat(contents.header()).isEqualTo(HEADER);
    assertThat(contents.entries()).isEqualTo(entries);
    assertThat(contents.torn()).isEmpty();
    assertThat(contents.nextStep()).isEqualTo(9);
    assertThat(contents.head()).isEqualTo(entries.get(8).hash());
  }

  @Test
  void shouldHandEachLineToTheSystemAtOnce() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 3);
    try (LedgerFile file = LedgerFile.open(path, HEADER)) {
      for (int step = 0; step < 3; step++) {
        file.append(entries.get(step));
        assertThat(LedgerFile.read(path).entries()).isEqualTo(entries.subList(0, step + 1));
      }
    }
  }

  @Test
  void shouldWriteTheLinesThatItsFormatPromises() throws IOException {
    LedgerChain chain = LedgerChain.begin(HEADER);
    write(
        List.of(
            chain.append(0, false, List.of(), 0.001),
            chain.append(1, true, List.of(new Substitute(1, 2)), Double.NaN)));
    List<String> lines = Files.readAllLines(path);
    assertThat(lines.get(0))
        .isEqualTo(
            "{\"ledger\":1,\"seed\":3,\"samples\":22,\"index_fingerprint\":\"00ffab\","
                + "\"global_batch\":4,\"streams\":2,\"tail\":\"drop\"}");
    assertThat(lines.get(1)).startsWith("{\"step\":0,\"loss\":0.001,\"hash\":\"");
    assertThat(lines.get(2))
        .startsWith("{\"step\":1,\"skipped\":true,\"substitutes\":[[1,2]],\"loss\":\"NaN\",");
  }

  @Property(tries = 300)
  void shouldKeepEveryLossAndSeedToTheBit(@ForAll double loss, @ForAll long seed)
      throws IOException {
    LedgerHeader header = Ledgers.header(seed, 22, 4, 2, Tail.CARRY);
    LedgerChain chain = LedgerChain.begin(header);
    List<LedgerEntry> entries =
        List.of(
            chain.append(0, false, List.of(), loss),
            chain.append(1, true, List.of(), Double.NEGATIVE_INFINITY));
    LedgerContents contents =
        LedgerFile.decode(
            new ByteArrayInputStream(LedgerFile.encode(header, entries)), "a ledger in memory");
    assertThat(contents.header()).isEqualTo(header);
    assertThat(contents.entries()).isEqualTo(entries);
    assertThat(contents.entries().get(0).follows(header.hash())).isTrue();
  }

  @Test
  void shouldFollowRewinds() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    write(entries.subList(0, 6));
    LedgerEntry other = LedgerChain.resume(entries.get(2).hash(), 3).append(3, false, List.of(), 9);
    try (LedgerFile file = LedgerFile.open(path, HEADER)) {
      file.rewind(4);
      file.append(entries.get(4));
      file.rewind(3);
      file.append(other);
      assertThat(file.nextStep()).isEqualTo(4);
    }
    assertThat(Files.readString(path)).contains("{\"rewound_to\":3}\n");
    LedgerContents contents = LedgerFile.read(path);
    assertThat(contents.entries().subList(0, 3)).isEqualTo(entries.subList(0, 3));
    assertThat(contents.entries()).hasSize(4).last().isEqualTo(other);
    assertThat(LedgerVerifier.verify(HEADER, contents.entries()).isIntact()).isTrue();
  }

  @Test
  void shouldCutOffATornLineAndSaySo() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    write(entries.subList(0, 5));
    Files.writeString(path, "{\"step\":5,\"lo", StandardOpenOption.APPEND);
    LedgerContents contents = LedgerFile.read(path);
    assertThat(contents.entries()).isEqualTo(entries.subList(0, 5));
    assertThat(contents.torn()).contains("{\"step\":5,\"lo");
    try (LedgerFile file = LedgerFile.open(path, HEADER)) {
      assertThat(file.torn()).contains("{\"step\":5,\"lo");
      assertThat(file.nextStep()).isEqualTo(5);
      file.append(entries.get(5));
    }
    assertThat(LedgerFile.read(path).entries()).isEqualTo(entries.subList(0, 6));
    assertThat(LedgerFile.read(path).torn()).isEmpty();
  }

  @Test
  void shouldSurviveBeingCutAtAnyByte() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 4);
    byte[] whole = LedgerFile.encode(HEADER, entries);
    for (int length = 0; length <= whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      try (LedgerFile file = LedgerFile.open(path, HEADER)) {
        for (LedgerEntry entry : entries.subList((int) file.nextStep(), 4)) {
          file.append(entry);
        }
      }
      assertThat(Files.readAllBytes(path)).isEqualTo(whole);
    }
  }

  @Test
  void shouldRewriteTheFileFromEntries() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    write(entries.subList(0, 2));
    LedgerFile.rewrite(path, HEADER, entries);
    assertThat(LedgerFile.read(path).entries()).isEqualTo(entries);
    assertThat(folder).isDirectoryContaining(path::equals).isDirectoryNotContaining("glob:**.next");
  }

  @Test
  void shouldHaveTheSameBytesHoweverItWasWritten() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    write(entries.subList(0, 3));
    write(entries.subList(3, 9));
    assertThat(Files.readAllBytes(path)).isEqualTo(LedgerFile.encode(HEADER, entries));
  }

  @Test
  void shouldRefuseAnotherStepThanTheNext() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 9);
    try (LedgerFile file = LedgerFile.open(path, HEADER)) {
      assertThatThrownBy(() -> file.append(entries.get(3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("goes on with step 0: rewrite it from the checkpoint");
      assertThatThrownBy(() -> file.rewind(1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void shouldRefuseTheLedgerOfAnotherRun() throws IOException {
    write(Ledgers.entries(HEADER, 2));
    assertThatThrownBy(() -> LedgerFile.open(path, Ledgers.header(4, 22, 4, 2, Tail.DROP)))
        .isInstanceOf(LedgerFormatException.class)
        .hasMessageContaining("was begun by another run")
        .hasMessageContaining("seed=3")
        .hasMessageContaining("seed=4");
  }

  @Test
  void shouldNotWriteOverAFileThatIsNoLedger() throws IOException {
    Files.writeString(path, "my notes");
    assertThatThrownBy(() -> LedgerFile.open(path, HEADER))
        .isInstanceOf(LedgerFormatException.class)
        .hasMessageContaining("it is no ledger");
    assertThat(Files.readString(path)).isEqualTo("my notes");
  }

  @Test
  void shouldNameTheLineThatItCannotRead() throws IOException {
    String whole =
        new String(LedgerFile.encode(HEADER, Ledgers.entries(HEADER, 3)), StandardCharsets.UTF_8);
    assertRefused(whole.replace("\"step\":1,", "\"step\":1,\"extra\":0,"), "line 3: it has fields");
    assertRefused(whole.replace("\"step\":1,", "\"step\":1,\"step\":1,"), "line 3: Duplicate");
    assertRefused(whole.replace("\"step\":1,", ""), "line 3: \"step\" is missing");
    assertRefused(whole.replace("\"step\":1,", "\"step\":1.5,"), "line 3: \"step\" is missing");
    assertRefused(whole.replace("\"step\":1,", "\"step\":-1,"), "line 3: step -1 cannot be");
    assertRefused(whole.replace("[[0,2],[3,1]]", "[[0,2],[3]]"), "line 3: \"substitutes\"");
    assertRefused(whole.replace("[[0,2],[3,1]]", "\"none\""), "line 3: \"substitutes\"");
    assertRefused(whole.replace("\"skipped\":true", "\"skipped\":1"), "line 4: \"skipped\"");
    assertRefused(whole.replace("\"NaN\"", "\"0.5\""), "line 4: \"loss\" is a finite number");
    assertRefused(whole.replace("\"NaN\"", "null"), "line 4: \"loss\" is missing");
    assertRefused(whole.replace("\"ledger\":1", "\"ledger\":2"), "line 1: ledger format version 2");
    assertRefused(whole.replace("\"drop\"", "\"other\""), "line 1: \"tail\" is neither");
    assertRefused(whole.replace("}\n{\"step\":1", "}\n\n{\"step\":1"), "line 3: ");
    assertRefused(whole + "{\"rewound_to\":-1}\n", "line 5: \"rewound_to\" is negative");
    assertRefused("", "has no header line");
  }

  private static void assertRefused(String ledger, String message) {
    byte[] bytes = ledger.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> LedgerFile.decode(new ByteArrayInputStream(bytes), "ledger.jsonl"))
        .isInstanceOf(LedgerFormatException.class)
        .hasMessageStartingWith("ledger.jsonl ")
        .hasMessageContaining(message);
  }
}
