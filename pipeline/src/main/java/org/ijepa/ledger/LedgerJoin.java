package org.ijepa.ledger;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts a ledger together from its segments. For one thread. */
public final class LedgerJoin {
  private final String name;
  private final List<LedgerEntry> entries = new ArrayList<>();
  private LedgerHeader header;

  /**
   * A ledger without segments yet.
   *
   * @param name of their folder, for messages
   */
  public LedgerJoin(String name) {
    this.name = name;
  }

  /**
   * Adds the next segment.
   *
   * @throws LedgerFormatException if it is none, is of another ledger, or is not the next one
   */
  public void add(String file, byte[] content) throws IOException {
    LedgerContents segment =
        LedgerFile.decode(new ByteArrayInputStream(content), name + "/" + file);
    if (header == null) {
      header = segment.header();
    } else if (!header.equals(segment.header())) {
      throw new LedgerFormatException(
          name + "/" + file + " is of another ledger than the segments before it");
    }
    long next = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).step() + 1;
    for (LedgerEntry entry : segment.entries()) {
      if (entry.step() != next) {
        throw new LedgerFormatException(
            "%s/%s: step %d where step %d follows".formatted(name, file, entry.step(), next));
      }
      entries.add(entry);
      next++;
    }
  }

  /**
   * The whole ledger.
   *
   * @throws LedgerFormatException if there was no segment
   */
  public LedgerContents contents() throws LedgerFormatException {
    if (header == null) {
      throw new LedgerFormatException(name + " has no ledger");
    }
    return new LedgerContents(header, entries, Optional.empty());
  }
}
