package org.ijepa.coordinator;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.ijepa.failure.FileReason;

/**
 * Writes into files of the run folder that nothing depends on: training goes on where one cannot be
 * written, as on a full disk. That is said once, what is to be written waits, and it is tried again
 * with whatever comes next.
 */
final class Mirrors {
  /** So much waits for one file: some megabytes. */
  static final int MOST_WAITING = 10_000;

  private final Consumer<String> people;
  private final Map<String, Deque<Waiting>> waiting = new TreeMap<>();

  /** How much was given up, by file. */
  private final Map<String, Integer> lost = new TreeMap<>();

  private final Set<String> failing = new TreeSet<>();

  /** Writes one record, whole or not at all. */
  interface Write {
    void run() throws IOException;
  }

  private record Waiting(long step, Write write) {}

  /** All can be written as far as is known; {@code people} hear where that changes. */
  Mirrors(Consumer<String> people) {
    this.people = people;
  }

  /** Writes a record of a step once all before it are written, now or later. */
  void write(String file, long step, Write record) {
    Deque<Waiting> its = waiting.computeIfAbsent(file, unknown -> new ArrayDeque<>());
    its.add(new Waiting(step, record));
    if (its.size() > MOST_WAITING) {
      its.remove();
      lost.merge(file, 1, Integer::sum);
    }
    flush(file, its);
  }

  private void flush(String file, Deque<Waiting> its) {
    attempt(
        file,
        () -> {
          while (!its.isEmpty()) {
            its.element().write().run();
            its.remove();
          }
        });
  }

  /** Tries to write what is tried again without this class's help. */
  void attempt(String file, Write work) {
    try {
      work.run();
      if (failing.remove(file)) {
        people.accept(file + " is written again");
      }
    } catch (IOException e) {
      if (failing.add(file)) {
        people.accept(
            "warning: "
                + file
                + " cannot be written ("
                + FileReason.of(e)
                + "); training goes on, and what is missing is written once that can be done");
      }
    }
  }

  /** What waits of this step and later ones is void. */
  void rewindTo(long step) {
    waiting.values().forEach(its -> its.removeIf(record -> record.step() >= step));
  }

  /** Somebody has written a file anew, with all that waited for it. */
  void replaced(String file) {
    waiting.remove(file);
  }

  /** Tries for the last time; a line for each file that lacks something. */
  List<String> end() {
    waiting.forEach(this::flush);
    Map<String, Integer> missing = new TreeMap<>(lost);
    waiting.forEach((file, its) -> missing.merge(file, its.size(), Integer::sum));
    List<String> lines = new ArrayList<>();
    missing.forEach(
        (file, count) -> {
          if (count > 0) {
            lines.add(
                "warning: " + file + " lacks " + count + " records, which could not be written");
          }
        });
    return lines;
  }
}
