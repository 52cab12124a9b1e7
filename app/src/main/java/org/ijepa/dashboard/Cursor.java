package org.ijepa.dashboard;

import java.util.Optional;

/**
 * A place in a file that grows, with what stood just before it: a file that was rewritten since, as
 * after a resume, is told from one that has only grown.
 *
 * @param offset bytes before it, all of whole lines
 * @param check CRC-32C of the last of these bytes
 */
record Cursor(long offset, int check) {
  static final Cursor BEGINNING = new Cursor(0, 0);

  /** Reads what {@link #toString} has written. */
  static Optional<Cursor> parse(String text) {
    String[] parts = text.split("-", -1);
    if (parts.length != 2) {
      return Optional.empty();
    }
    try {
      long offset = Long.parseLong(parts[0]);
      return offset < 0
          ? Optional.empty()
          : Optional.of(new Cursor(offset, Integer.parseUnsignedInt(parts[1], 16)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return offset + "-" + Integer.toHexString(check);
  }
}
