package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MirrorsTest {
  private static final String FILE = "metrics.jsonl";

  private final List<String> notes = new ArrayList<>();
  private final List<Long> written = new ArrayList<>();
  private final Mirrors mirrors = new Mirrors(notes::add);
  private boolean full;

  private void write(long step) {
    mirrors.write(FILE, step, () -> append(step));
  }

  private void append(long step) throws IOException {
    if (full) {
      throw new FileSystemException("run/" + FILE, null, "No space left on device");
    }
    written.add(step);
  }

  @Test
  void shouldWriteWhatWaitedInItsOrderOnceThereIsRoomAndSaySoOnce() {
    write(0);
    full = true;
    write(1);
    write(2);
    full = false;
    write(3);

    assertThat(written).containsExactly(0L, 1L, 2L, 3L);
    assertThat(notes)
        .containsExactly(
            "warning: metrics.jsonl cannot be written (no space left on device); training goes on,"
                + " and what is missing is written once that can be done",
            "metrics.jsonl is written again");
    assertThat(mirrors.end()).isEmpty();
  }

  @Test
  void shouldNotWriteWhatIsVoidByThen() {
    full = true;
    write(5);
    write(6);
    mirrors.rewindTo(6);
    full = false;
    write(6);

    assertThat(written).containsExactly(5L, 6L);
  }

  @Test
  void shouldSayWhatIsMissingAtTheEnd() {
    full = true;
    for (int step = 0; step < Mirrors.MOST_WAITING + 3; step++) {
      write(step);
    }
    assertThat(mirrors.end())
        .containsExactly("warning: metrics.jsonl lacks 10003 records, which could not be written");

    full = false;
    assertThat(mirrors.end())
        .containsExactly("warning: metrics.jsonl lacks 3 records, which could not be written");
    assertThat(written).hasSize(Mirrors.MOST_WAITING).startsWith(3L);
  }
}
