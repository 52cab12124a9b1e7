package org.ijepa.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was found out about the model between steps, a line each, such as {@code collapse.jsonl};
 * numbers that are not finite are {@code null}.
 */
public final class FindingLog implements AutoCloseable {
  private static final List<String> WORDS = List.of("step", "word", "text");

  private final JsonLines lines;

  /**
   * One line.
   *
   * @param step whose updates were the last
   * @param word for the numbers
   * @param text for people
   * @param numbers by name, in the file's order; {@code null} reads as NaN
   */
  public record Line(long step, String word, String text, Map<String, Double> numbers) {}

  private FindingLog(JsonLines lines) {
    this.lines = lines;
  }

  static FindingLog open(Path file) throws IOException {
    return new FindingLog(JsonLines.open(file));
  }

  /** The lines of a file, in its order. */
  public static List<Line> read(Path file) throws IOException {
    return JsonLines.read(file).stream().map(FindingLog::of).toList();
  }

  /** What a line of such a file says. */
  public static Line of(JsonNode node) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    node.fields()
        .forEachRemaining(
            field -> {
              if (!WORDS.contains(field.getKey())) {
                JsonNode value = field.getValue();
                numbers.put(field.getKey(), value.isNumber() ? value.asDouble() : Double.NaN);
              }
            });
    return new Line(
        node.path("step").asLong(),
        node.path("word").asText(),
        node.path("text").asText(),
        numbers);
  }

  /** Adds a line. */
  public void append(Line line) throws IOException {
    ObjectNode node = JsonLines.object().put("step", line.step()).put("word", line.word());
    line.numbers()
        .forEach(
            (name, value) -> {
              if (Double.isFinite(value)) {
                node.put(name, value);
              } else {
                node.putNull(name);
              }
            });
    lines.append(node.put("text", line.text()));
  }

  /** Drops {@code step} and later ones; returns these. */
  public List<Line> rewindTo(long step) throws IOException {
    return lines.rewindTo(step).stream().map(FindingLog::of).toList();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
