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

  /**
   * Where it does not go on from what was stored of it before, such as with a checkpoint: hashes
   * prove that nothing within a ledger was changed, but neither that its end is still there nor
   * that nobody computed all of them anew.
   *
   * @return words for it; empty if all that was stored is its beginning
   */
  public Optional<String> departureFrom(LedgerContents stored) {
    if (!header.equals(stored.header)) {
      return Optional.of("its header is not the one that was stored");
    }
    int common = Math.min(entries.size(), stored.entries.size());
    for (int i = 0; i < common; i++) {
      if (!entries.get(i).equals(stored.entries.get(i))) {
        return Optional.of(
            "step %d is not the one that was stored".formatted(stored.entries.get(i).step()));
      }
    }
    return common < stored.entries.size()
        ? Optional.of(
            "it has %d steps of %d that were stored".formatted(common, stored.entries.size()))
        : Optional.empty();
  }
}
