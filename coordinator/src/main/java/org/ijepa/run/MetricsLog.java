package org.ijepa.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code metrics.jsonl}: one line for each committed step; numbers that are not finite are {@code
 * null}.
 */
public final class MetricsLog implements AutoCloseable {
  private final JsonLines lines;

  private MetricsLog(JsonLines lines) {
    this.lines = lines;
  }

  static MetricsLog open(Path file) throws IOException {
    return new MetricsLog(JsonLines.open(file));
  }

  /** The steps of a file, in its order; {@code null} reads as NaN. A torn last line is left out. */
  public static List<StepMetrics> read(Path file) throws IOException {
    return JsonLines.read(file).stream().map(MetricsLog::metrics).toList();
  }

  /** The last step of a file, read from its end. */
  public static Optional<StepMetrics> last(Path file) throws IOException {
    return JsonLines.last(file).map(MetricsLog::metrics);
  }

  /** Adds a step. */
  public void append(StepMetrics metrics) throws IOException {
    ObjectNode line = JsonLines.object().put("step", metrics.step()).put("epoch", metrics.epoch());
    put(line, "loss", metrics.loss());
    put(line, "lr", metrics.learningRate());
    put(line, "weight_decay", metrics.weightDecay());
    put(line, "ema", metrics.ema());
    put(line, "grad_norm", metrics.gradNorm());
    line.put("samples", metrics.samples());
    put(line, "images_per_second", metrics.imagesPerSecond());
    put(line, "input_wait", metrics.inputWaitSeconds());
    put(line, "commit_wait", metrics.commitWaitSeconds());
    line.put("generation", metrics.generation())
        .put("world_size", metrics.worldSize())
        .put("skipped", metrics.skipped());
    lines.append(line);
  }

  private static void put(ObjectNode line, String name, double value) {
    if (Double.isFinite(value)) {
      line.put(name, value);
    } else {
      line.putNull(name);
    }
  }

  private static StepMetrics metrics(JsonNode line) {
    return new StepMetrics(
        line.path("step").asLong(),
        line.path("epoch").asLong(),
        number(line, "loss"),
        number(line, "lr"),
        number(line, "weight_decay"),
        number(line, "ema"),
        number(line, "grad_norm"),
        line.path("samples").asLong(),
        number(line, "images_per_second"),
        number(line, "input_wait"),
        number(line, "commit_wait"),
        line.path("generation").asLong(),
        line.path("world_size").asInt(),
        line.path("skipped").asBoolean());
  }

  private static double number(JsonNode line, String name) {
    return line.path(name).isNumber() ? line.path(name).asDouble() : Double.NaN;
  }

  /** Drops {@code step} and later ones; returns these. */
  public List<StepMetrics> rewindTo(long step) throws IOException {
    return lines.rewindTo(step).stream().map(MetricsLog::metrics).toList();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
