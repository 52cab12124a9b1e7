package org.ijepa.dashboard;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.run.Lineage;
import org.ijepa.run.RunFolder;

/**
 * What the files of a run say, read on as they grow and kept in bounded memory. Safe for use by
 * several threads.
 */
final class RunView {
  /** Bytes of a file read at once. */
  private static final int CHUNK = 1 << 20;

  private static final int MOST_POINTS = 2048;
  private static final int MOST_FINDINGS = 512;
  private static final int MOST_EVENTS = 200;
  private static final int MOST_CHECKPOINTS = 20;
  private static final int MOST_QUARANTINED = 50;
  private static final MathContext DIGITS = new MathContext(7);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path run;
  private final Map<RunFile, Cursor> cursors = new EnumMap<>(RunFile.class);
  private final Totals totals = new Totals();
  private Thinned<Point> points;
  private Optional<ObjectNode> lastStep = Optional.empty();
  private Thinned<ObjectNode> collapse;
  private Thinned<ObjectNode> probe;
  private final Deque<ObjectNode> events = new ArrayDeque<>();
  private final Deque<ObjectNode> checkpoints = new ArrayDeque<>();
  private final Deque<ObjectNode> quarantine = new ArrayDeque<>();
  private Optional<ObjectNode> pipeline = Optional.empty();

  /**
   * JSON for the page, and the place in the files up to which it tells.
   *
   * @param isNews whether it says anything
   */
  record Message(String json, Position position, boolean isNews) {}

  RunView(Path run) {
    this.run = run;
    for (RunFile file : RunFile.values()) {
      forget(file);
    }
  }

  /** Reads all that the files have grown by. */
  synchronized void read() throws IOException {
    for (RunFile file : RunFile.values()) {
      read(file);
    }
  }

  private void read(RunFile file) throws IOException {
    boolean more = true;
    while (more) {
      Optional<LineTail.Growth> growth = LineTail.read(file.in(run), cursors.get(file), CHUNK);
      if (growth.isEmpty()) {
        // Rewritten, as when a run goes on from a checkpoint: what stands there now is what counts.
        forget(file);
        growth = LineTail.read(file.in(run), Cursor.BEGINNING, CHUNK);
      }
      if (growth.isEmpty()) {
        return;
      }
      growth.get().objects().forEach(object -> take(file, object));
      cursors.put(file, growth.get().next());
      more = growth.get().more();
    }
  }

  private void forget(RunFile file) {
    cursors.put(file, Cursor.BEGINNING);
    totals.forget(file);
    switch (file) {
      case METRICS -> {
        points = new Thinned<>(MOST_POINTS, Point::and);
        lastStep = Optional.empty();
      }
      case COLLAPSE -> collapse = new Thinned<>(MOST_FINDINGS, (earlier, later) -> later);
      case PROBE -> probe = new Thinned<>(MOST_FINDINGS, (earlier, later) -> later);
      case EVENTS -> {
        events.clear();
        checkpoints.clear();
      }
      case QUARANTINE -> quarantine.clear();
      case PIPELINE -> pipeline = Optional.empty();
    }
  }

  private void take(RunFile file, ObjectNode line) {
    totals.add(file, line);
    switch (file) {
      case METRICS -> {
        points.add(Point.of(line));
        lastStep = Optional.of(line);
      }
      case COLLAPSE -> collapse.add(line);
      case PROBE -> probe.add(line);
      case EVENTS -> {
        if (line.path("kind").asText().equals("checkpoint")) {
          keep(checkpoints, line, MOST_CHECKPOINTS);
        } else {
          keep(events, line, MOST_EVENTS);
        }
      }
      case QUARANTINE -> keep(quarantine, line, MOST_QUARANTINED);
      case PIPELINE -> pipeline = Optional.of(line);
    }
  }

  private static void keep(Deque<ObjectNode> lines, ObjectNode line, int most) {
    lines.add(line);
    if (lines.size() > most) {
      lines.remove();
    }
  }

  /** The whole run up to now, long curves thinned. */
  synchronized Message snapshot() throws IOException {
    read();
    ObjectNode all = JSON.createObjectNode().put("run", run.toString());
    Lineage.read(run)
        .parent()
        .ifPresent(parent -> all.put("extends", parent.run() + " from step " + parent.step()));
    age().ifPresent(seconds -> all.put("age", seconds));
    ObjectNode columns = all.putObject("points");
    for (int i = 0; i < Point.COLUMNS.size(); i++) {
      ArrayNode column = columns.putArray(Point.COLUMNS.get(i));
      for (Point point : points.items()) {
        put(column, point.value(i));
      }
    }
    lastStep.ifPresent(line -> all.set("last", line));
    all.set("totals", JSON.valueToTree(totals.counts()));
    all.putArray("collapse").addAll(collapse.items());
    all.putArray("probe").addAll(probe.items());
    List<ObjectNode> told = new ArrayList<>(checkpoints);
    told.addAll(events);
    all.putArray("events").addAll(told);
    all.putArray("quarantine").addAll(quarantine);
    pipeline.ifPresent(line -> all.putArray("pipeline").add(line));
    addMasks(all);
    return new Message(JSON.writeValueAsString(all), new Position(cursors), true);
  }

  private static void put(ArrayNode column, double value) {
    if (Double.isFinite(value)) {
      column.add(BigDecimal.valueOf(value).round(DIGITS));
    } else {
      column.addNull();
    }
  }

  /**
   * The lines after a position, those of each file in its order.
   *
   * @return empty where a file was rewritten since, or has grown by more than a page wants as lines
   */
  Optional<Message> since(Position position) throws IOException {
    ObjectNode grown = JSON.createObjectNode();
    Map<RunFile, Cursor> reached = new EnumMap<>(RunFile.class);
    for (RunFile file : RunFile.values()) {
      Optional<LineTail.Growth> growth = LineTail.read(file.in(run), position.of(file), CHUNK);
      if (growth.isEmpty() || growth.get().more()) {
        return Optional.empty();
      }
      reached.put(file, growth.get().next());
      if (!growth.get().objects().isEmpty()) {
        grown.putArray(file.key()).addAll(growth.get().objects());
      }
    }
    boolean isNews = !grown.isEmpty();
    addMasks(grown);
    return Optional.of(new Message(JSON.writeValueAsString(grown), new Position(reached), isNews));
  }

  /** Where the picture of the run's masks is. */
  Path masks() {
    return RunFolder.pictures(run).resolve("masks.png");
  }

  /** When the picture of the masks was drawn, if it was. */
  private void addMasks(ObjectNode message) throws IOException {
    if (Files.exists(masks())) {
      message.put("masks", Files.getLastModifiedTime(masks()).toMillis());
    }
  }

  /** What is known at this moment. */
  synchronized Figures figures() throws IOException {
    read();
    List<ObjectNode> looks = collapse.items();
    List<ObjectNode> probes = probe.items();
    return new Figures(
        lastStep,
        committedAt(),
        totals.counts(),
        totals.stages(),
        looks.isEmpty() ? Optional.empty() : Optional.of(looks.get(looks.size() - 1)),
        probes.isEmpty() ? Optional.empty() : Optional.of(probes.get(probes.size() - 1)),
        checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.getLast()));
  }

  /** When the last step was written down; empty before the first. */
  private Optional<Instant> committedAt() throws IOException {
    Path metrics = RunFile.METRICS.in(run);
    return lastStep.isPresent() && Files.exists(metrics)
        ? Optional.of(Files.getLastModifiedTime(metrics).toInstant())
        : Optional.empty();
  }

  private Optional<Double> age() throws IOException {
    return committedAt()
        .map(at -> Math.max(0, (System.currentTimeMillis() - at.toEpochMilli()) / 1e3));
  }
}
