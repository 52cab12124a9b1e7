package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ijepa.batch.DecodeJournal.Left;
import org.ijepa.process.ChildJava;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecodeJournalTest {
  private static final String FINGERPRINT = "ab".repeat(32);

  @TempDir Path temp;

  /** A process that decodes on two threads, one of them twice, until it is killed. */
  static final class Decoding {
    private Decoding() {}

    public static void main(String[] args) throws Exception {
      DecodeJournal journal = DecodeJournal.begin(Path.of(args[0]), FINGERPRINT, 2);
      Thread other =
          new Thread(
              () -> {
                journal.begin(0);
                journal.end();
                journal.begin(1_234_567_890_123L);
              });
      other.start();
      other.join();
      journal.begin(0);
      Thread beyond = new Thread(() -> journal.begin(7));
      beyond.start();
      beyond.join();
      System.out.println("decoding");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  @Tag("process")
  void shouldTellWhatAKilledProcessWasDecoding() throws Exception {
    Path folder = temp.resolve("decoding");
    Process process =
        ChildJava.of(List.of(), Decoding.class, folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("decoding");
      List<Path> files = DecodeJournal.all(folder);
      assertThat(files).hasSize(1);
      assertThat(Left.take(files.get(0))).as("while it lives").isEmpty();

      process.destroyForcibly().waitFor();
      try (Left left = Left.take(files.get(0)).orElseThrow()) {
        assertThat(left.fingerprint()).isEqualTo(FINGERPRINT);
        assertThat(left.samples()).containsExactly(1_234_567_890_123L, 0L);
        assertThat(Left.take(files.get(0))).as("by two").isEmpty();
        left.delete();
      }
      assertThat(folder).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void shouldLeaveNothingWhereItIsClosed() throws Exception {
    Path folder = temp.resolve("decoding");
    DecodeJournal one = DecodeJournal.begin(folder, FINGERPRINT, 1);
    DecodeJournal other = DecodeJournal.begin(folder, FINGERPRINT, 1);
    one.begin(3);
    assertThat(DecodeJournal.all(folder)).hasSize(2);
    assertThat(Left.take(DecodeJournal.all(folder).get(0))).isEmpty();

    one.close();
    assertThat(DecodeJournal.all(folder)).hasSize(1);
    other.close();
    assertThat(folder).doesNotExist();
    assertThat(DecodeJournal.all(folder)).isEmpty();
  }

  @Test
  void shouldTakeADamagedFileForOneThatTellsNothing() throws Exception {
    Path file = temp.resolve("damaged.journal");
    Files.write(file, new byte[] {1, 2, 3});
    try (Left left = Left.take(file).orElseThrow()) {
      assertThat(left.samples()).isEmpty();
    }
    assertThat(Left.take(temp.resolve("gone.journal"))).isEqualTo(Optional.empty());
  }
}
