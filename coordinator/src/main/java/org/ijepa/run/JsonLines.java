package org.ijepa.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A file of JSON objects, one a line, each with its {@code step}. */
final class JsonLines implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** More than a line has. */
  private static final int TAIL_BYTES = 8192;

  private final LineFile file;

  private JsonLines(LineFile file) {
    this.file = file;
  }

  static JsonLines open(Path path) throws IOException {
    return new JsonLines(LineFile.open(path));
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** The whole lines of a file that are JSON objects with a step. */
  static List<JsonNode> read(Path path) throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    LineFile.read(path, line -> parse(line).ifPresent(objects::add));
    return objects;
  }

  /** The last whole line of a file that is a JSON object with a step, from its last few KiB. */
  static Optional<JsonNode> last(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      channel.position(Math.max(0, channel.size() - TAIL_BYTES));
      String tail = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
      String whole = tail.substring(0, tail.lastIndexOf('\n') + 1);
      return whole.lines().flatMap(line -> parse(line).stream()).reduce((before, next) -> next);
    }
  }

  void append(ObjectNode object) throws IOException {
    file.append(JSON.writeValueAsString(object));
  }

  /**
   * Drops the lines of {@code step} and later ones, and what a crash has left unreadable; returns
   * the former.
   */
  List<JsonNode> rewindTo(long step) throws IOException {
    List<JsonNode> dropped = new ArrayList<>();
    file.retain(
        line -> {
          Optional<JsonNode> object = parse(line);
          boolean kept = object.filter(its -> its.get("step").asLong() < step).isPresent();
          if (!kept) {
            object.ifPresent(dropped::add);
          }
          return kept;
        });
    return dropped;
  }

  private static Optional<JsonNode> parse(String line) {
    try {
      return Optional.of(JSON.readTree(line))
          .filter(object -> object.path("step").isIntegralNumber());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
