package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ijepa.batch.DecodeJournal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal of data that this node does not decode; the others are seen in whole runs. */
class DecoderCrashesTest {
  @TempDir Path temp;

  private final List<String> notes = new ArrayList<>();
  private Path folder;

  @BeforeEach
  void leaveAJournal() throws Exception {
    folder = Files.createDirectory(temp.resolve("decoding"));
    Path elsewhere = temp.resolve("elsewhere");
    try (DecodeJournal journal = DecodeJournal.begin(elsewhere, "ab".repeat(32), 1)) {
      journal.begin(3);
      Path file = DecodeJournal.all(elsewhere).get(0);
      Files.copy(file, folder.resolve(file.getFileName()));
    }
  }

  private void tryLeft(boolean isAll) throws Exception {
    new DecoderCrashes(folder, List.of(), isAll, null, null, SmallRun.noting(notes)).tryLeft();
  }

  @Test
  void shouldStayForThoseThatDecodeItToo() throws Exception {
    tryLeft(false);
    assertThat(DecodeJournal.all(folder)).hasSize(1);
    assertThat(notes).isEmpty();
  }

  @Test
  void shouldGoWhereNobodyDecodesIt() throws Exception {
    tryLeft(true);
    assertThat(DecodeJournal.all(folder)).isEmpty();
    assertThat(notes).singleElement().asString().contains("1 files of other data");
  }
}
