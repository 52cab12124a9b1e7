package org.ijepa.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Found;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.LeftOut;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.Happening.Noted;

/**
 * {@code events.jsonl}: what happened to a run, in the order in which it did. It is never taken
 * back: a resume that repeats steps is part of it. Safe for use by several threads.
 *
 * <p>Every line has {@code time}, {@code kind}, {@code step}, {@code total_steps} and {@code text},
 * a line for people; some kinds have more.
 */
public final class EventLog implements AutoCloseable {
  /** Notes of older files, which had no kinds for these. */
  private static final Pattern OLD_ENDED = Pattern.compile("generation (\\d+) ends: (.*)");

  private static final Pattern OLD_BEGAN =
      Pattern.compile("generation (\\d+): (\\d+) trainers, step (\\d+)(?: from (.*))?");

  private static final Pattern OLD_FOUND =
      Pattern.compile("(?:ALARM: )?(?:collapse|pipeline) after step \\d+: .*");

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
    return JsonLines.read(file).stream()
        .map(
            line ->
                new RunEvent(
                    Instant.parse(line.path("time").asText()),
                    happening(line),
                    line.path("step").asLong(),
                    line.path("total_steps").asLong()))
        .toList();
  }

  private static Happening happening(JsonNode line) {
    String text = line.path("text").asText();
    return switch (line.path("kind").asText()) {
      case "led" -> new Led(text);
      case "finding" -> new Found(text);
      case "generation_began" ->
          new GenerationBegan(
              line.path("generation").asLong(),
              line.path("trainers").asInt(),
              line.path("next_step").asLong(),
              line.path("load").asText());
      case "generation_ended" ->
          new GenerationEnded(line.path("generation").asLong(), line.path("why").asText());
      case "members" ->
          new MembersChanged(line.path("generation").asLong(), members(line.path("members")));
      case "left_out" -> new LeftOut(line.path("trainer").asText(), line.path("why").asText());
      case "checkpoint" ->
          new CheckpointStored(
              text,
              line.path("stall_seconds").asDouble(Double.NaN),
              line.path("write_seconds").asDouble(Double.NaN));
      case "ended" -> new Ended(text);
      default -> noted(text);
    };
  }

  /** Of a later version's file those whose state is known. */
  private static List<RunMember> members(JsonNode array) {
    List<RunMember> members = new ArrayList<>();
    for (JsonNode member : array) {
      RunMember.State.of(member.path("state").asText())
          .ifPresent(
              state ->
                  members.add(
                      new RunMember(
                          member.path("name").asText(),
                          member.path("address").asText(),
                          member.path("role").asText(),
                          member.path("leads").asBoolean(),
                          member.path("rank").asInt(-1),
                          state)));
    }
    return members;
  }

  private static Happening noted(String text) {
    Matcher ended = OLD_ENDED.matcher(text);
    if (ended.matches()) {
      return new GenerationEnded(Long.parseLong(ended.group(1)), ended.group(2));
    }
    Matcher began = OLD_BEGAN.matcher(text);
    if (began.matches()) {
      return new GenerationBegan(
          Long.parseLong(began.group(1)),
          Integer.parseInt(began.group(2)),
          Long.parseLong(began.group(3)),
          began.group(4) == null ? "" : began.group(4));
    }
    return OLD_FOUND.matcher(text).matches() ? new Found(text) : new Noted(text);
  }

  private static ObjectNode line(Happening what) {
    ObjectNode line = JsonLines.object();
    if (what instanceof Led) {
      line.put("kind", "led");
    } else if (what instanceof Noted) {
      line.put("kind", "noted");
    } else if (what instanceof Found) {
      line.put("kind", "finding");
    } else if (what instanceof GenerationBegan began) {
      line.put("kind", "generation_began")
          .put("generation", began.generation())
          .put("trainers", began.trainers())
          .put("next_step", began.nextStep())
          .put("load", began.load());
    } else if (what instanceof GenerationEnded ended) {
      line.put("kind", "generation_ended")
          .put("generation", ended.generation())
          .put("why", ended.why());
    } else if (what instanceof MembersChanged changed) {
      line.put("kind", "members").put("generation", changed.generation());
      ArrayNode members = line.putArray("members");
      changed.members().forEach(member -> put(member, members.addObject()));
    } else if (what instanceof LeftOut left) {
      line.put("kind", "left_out").put("trainer", left.trainer()).put("why", left.why());
    } else if (what instanceof CheckpointStored stored) {
      line.put("kind", "checkpoint");
      if (Double.isFinite(stored.stallSeconds())) {
        line.put("stall_seconds", stored.stallSeconds())
            .put("write_seconds", stored.writeSeconds());
      }
    } else if (what instanceof Ended) {
      line.put("kind", "ended");
    }
    return line.put("text", what.text());
  }

  private static void put(RunMember member, ObjectNode into) {
    into.put("name", member.name())
        .put("address", member.address())
        .put("role", member.role())
        .put("leads", member.leads())
        .put("rank", member.rank())
        .put("state", member.state().word());
  }

  /** Adds an event; false, and nothing is written, once this log is closed. */
  public synchronized boolean append(RunEvent event) throws IOException {
    if (!closed) {
      ObjectNode line =
          JsonLines.object()
              .put("time", event.time().toString())
              .put("step", event.step())
              .put("total_steps", event.totalSteps());
      lines.append(line.setAll(line(event.what())));
    }
    return !closed;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    lines.close();
  }
}
