package org.ijepa.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * {@code events.jsonl}: what happened to a run, in the order in which it did. It is never taken
 * back: a resume that repeats steps is part of it. Safe for use by several threads.
 */
public final class EventLog implements AutoCloseable {
  private final JsonLines lines;
  private boolean closed;

  private EventLog(JsonLines lines) {
    this.lines = lines;
  }

  /** Opens the file, or begins it; what a crash has left of a line is dropped. */
  static EventLog open(Path file) throws IOException {
    JsonLines lines = JsonLines.open(file);
    lines.rewindTo(Long.MAX_VALUE);
    return new EventLog(lines);
  }

  /** The events of a file, in its order. */
  public static List<RunEvent> read(Path file) throws IOException {
    return JsonLines.read(file).stream().map(EventLog::event).toList();
  }

  private static RunEvent event(JsonNode line) {
    return new RunEvent(
        Instant.parse(line.path("time").asText()),
        RunEvent.Kind.valueOf(line.path("kind").asText().toUpperCase(Locale.ROOT)),
        line.path("step").asLong(),
        line.path("total_steps").asLong(),
        line.path("text").asText());
  }

  /** Adds an event; false, and nothing is written, once this log is closed. */
  public synchronized boolean append(RunEvent event) throws IOException {
    if (!closed) {
      lines.append(
          JsonLines.object()
              .put("time", event.time().toString())
              .put("kind", event.kind().name().toLowerCase(Locale.ROOT))
              .put("step", event.step())
              .put("total_steps", event.totalSteps())
              .put("text", event.text()));
    }
    return !closed;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    lines.close();
  }
}
