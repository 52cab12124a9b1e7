package org.ijepa.dashboard;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A place in each file of a run. Its text is the id of a server-sent event: it holds all that a
 * server needs to go on from there, so that another one, started later, can.
 */
record Position(Map<RunFile, Cursor> cursors) {
  static final Position BEGINNING = new Position(new EnumMap<>(RunFile.class));

  Position {
    EnumMap<RunFile, Cursor> all = new EnumMap<>(RunFile.class);
    for (RunFile file : RunFile.values()) {
      all.put(file, cursors.getOrDefault(file, Cursor.BEGINNING));
    }
    cursors = all;
  }

  /** Reads what {@link #toString} has written. */
  static Optional<Position> parse(String text) {
    String[] parts = text.split("_", -1);
    RunFile[] files = RunFile.values();
    if (parts.length != files.length) {
      return Optional.empty();
    }
    Map<RunFile, Cursor> cursors = new EnumMap<>(RunFile.class);
    for (int i = 0; i < files.length; i++) {
      Optional<Cursor> cursor = Cursor.parse(parts[i]);
      if (cursor.isPresent()) {
        cursors.put(files[i], cursor.get());
      }
    }
    return cursors.size() == files.length ? Optional.of(new Position(cursors)) : Optional.empty();
  }

  Cursor of(RunFile file) {
    return cursors.get(file);
  }

  @Override
  public String toString() {
    return cursors.values().stream().map(Cursor::toString).collect(Collectors.joining("_"));
  }
}
