package org.ijepa.ledger;

import java.util.List;
import java.util.Optional;

/**
 * What a ledger's file says once its rewinds are followed.
 *
 * @param header its first line
 * @param entries in the order of their lines, without those that a later rewind made void
 * @param torn a last line without its end, as a crash leaves it; it counts as not written
 */
public record LedgerContents(
    LedgerHeader header, List<LedgerEntry> entries, Optional<String> torn) {
  /** Copies the entries. */
  public LedgerContents {
    entries = List.copyOf(entries);
  }

  /** The step after the last entry's; 0 without entries. */
  public long nextStep() {
    return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).step() + 1;
  }

  /** Hash of the last entry, or of the header. */
  public String head() {
    return entries.isEmpty() ? header.hash() : entries.get(entries.size() - 1).hash();
  }
}
