package org.ijepa.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FindingLogTest {
  @TempDir Path folder;

  private static FindingLog.Line line(long step) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("rank", 3.5 + step);
    numbers.put("loss", Double.NaN);
    return new FindingLog.Line(step, "watch", "step " + step, numbers);
  }

  @Test
  void shouldReadWhatItWroteInTheOrderOfNames() throws Exception {
    Path file = folder.resolve("collapse.jsonl");
    try (FindingLog log = FindingLog.open(file)) {
      log.append(line(0));
    }
    assertThat(Files.readString(file))
        .isEqualTo(
            "{\"step\":0,\"word\":\"watch\",\"rank\":3.5,\"loss\":null,\"text\":\"step 0\"}\n");
    assertThat(FindingLog.read(file)).containsExactly(line(0));
  }

  @Test
  void shouldDropLaterStepsAndTornLinesWhenItGoesBack() throws Exception {
    Path file = folder.resolve("collapse.jsonl");
    try (FindingLog log = FindingLog.open(file)) {
      log.append(line(0));
      log.append(line(9));
      log.append(line(19));
    }
    Files.writeString(file, "{\"step\":2", StandardOpenOption.APPEND);
    try (FindingLog log = FindingLog.open(file)) {
      log.rewindTo(19);
      log.append(line(19));
    }
    assertThat(FindingLog.read(file)).containsExactly(line(0), line(9), line(19));
  }
}
