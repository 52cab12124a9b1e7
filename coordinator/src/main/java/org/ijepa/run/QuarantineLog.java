package org.ijepa.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code quarantine.jsonl}: one line for each use of a bad sample. */
public final class QuarantineLog implements AutoCloseable {
  private final JsonLines lines;

  private QuarantineLog(JsonLines lines) {
    this.lines = lines;
  }

  static QuarantineLog open(Path file) throws IOException {
    return new QuarantineLog(JsonLines.open(file));
  }

  /** The samples of a file, in its order. */
  public static List<QuarantinedSample> read(Path file) throws IOException {
    return JsonLines.read(file).stream().map(QuarantineLog::sample).toList();
  }

  private static QuarantinedSample sample(JsonNode line) {
    return new QuarantinedSample(
        line.path("step").asLong(),
        line.path("epoch").asLong(),
        line.path("position").asLong(),
        line.path("attempt").asInt(),
        line.path("sample").asText(),
        line.path("cause").asText(),
        line.path("substitute").asText());
  }

  /** Adds a sample; the call belongs to the commit of its step. */
  public void append(QuarantinedSample sample) throws IOException {
    lines.append(
        JsonLines.object()
            .put("step", sample.step())
            .put("epoch", sample.epoch())
            .put("position", sample.position())
            .put("attempt", sample.attempt())
            .put("sample", sample.sample())
            .put("cause", sample.cause())
            .put("substitute", sample.substitute()));
  }

  /** Drops the samples of {@code step} and later ones. */
  public void rewindTo(long step) throws IOException {
    lines.rewindTo(step);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
