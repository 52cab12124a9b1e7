package org.ijepa.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LineTailTest {
  private static final int MOST = 1000;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("metrics.jsonl");
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<Integer> steps(LineTail.Growth growth) {
    return growth.objects().stream().map(object -> object.path("step").asInt()).toList();
  }

  @Test
  void shouldReadWhatAFileHasGrownByAndWaitForTornLines() throws IOException {
    LineTail.Growth none = LineTail.read(file, Cursor.BEGINNING, MOST).orElseThrow();
    assertThat(none.objects()).isEmpty();

    append("{\"step\":0}\n{\"step\":1}\n{\"st");
    LineTail.Growth first = LineTail.read(file, none.next(), MOST).orElseThrow();
    assertThat(steps(first)).containsExactly(0, 1);

    append("ep\":2}\nno JSON\n{\"step\":3}\n");
    LineTail.Growth second = LineTail.read(file, first.next(), MOST).orElseThrow();
    assertThat(steps(second)).containsExactly(2, 3);
    assertThat(LineTail.read(file, second.next(), MOST).orElseThrow().objects()).isEmpty();
  }

  @Test
  void shouldReadALongFileInParts() throws IOException {
    for (int step = 0; step < 200; step++) {
      append("{\"step\":" + step + "}\n");
    }
    List<ObjectNode> all = new ArrayList<>();
    Cursor cursor = Cursor.BEGINNING;
    boolean more = true;
    int parts = 0;
    while (more) {
      LineTail.Growth growth = LineTail.read(file, cursor, MOST).orElseThrow();
      all.addAll(growth.objects());
      cursor = growth.next();
      more = growth.more();
      parts++;
    }
    assertThat(all).extracting(object -> object.path("step").asInt()).hasSize(200).isSorted();
    assertThat(parts).isGreaterThan(2);
  }

  @Test
  void shouldKnowAFileThatWasRewritten() throws IOException {
    append("{\"step\":0,\"loss\":1}\n{\"step\":1,\"loss\":2}\n");
    Cursor cursor = LineTail.read(file, Cursor.BEGINNING, MOST).orElseThrow().next();
    Files.writeString(file, "{\"step\":0,\"loss\":1}\n");
    assertThat(LineTail.read(file, cursor, MOST)).as("shorter").isEmpty();
    append("{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":4}\n");
    assertThat(LineTail.read(file, cursor, MOST)).as("grown again, another loss").isEmpty();
    Files.delete(file);
    assertThat(LineTail.read(file, cursor, MOST)).as("gone").isEmpty();
  }

  @Test
  void shouldTellItsPlaceAsText() throws IOException {
    append("{\"step\":0}\n");
    Cursor cursor = LineTail.read(file, Cursor.BEGINNING, MOST).orElseThrow().next();
    assertThat(Cursor.parse(cursor.toString())).isEqualTo(Optional.of(cursor));
    assertThat(Position.parse(Position.BEGINNING.toString())).contains(Position.BEGINNING);
    for (String wrong : List.of("", "1", "x-1", "-1-0", "1-g", "0-0_0-0")) {
      assertThat(Position.parse(wrong)).as(wrong).isEmpty();
    }
  }
}
