package org.ijepa.ledger;

import java.util.List;

/**
 * What one committed step used. Its places follow from the header; only what does not is written.
 *
 * @param step from 0
 * @param skipped whether weights were left as they were, for a loss or gradient that was not finite
 * @param substitutes by ascending slot
 * @param loss of the step, not finite only where it was skipped for that
 * @param hash SHA-256 over the hash before and this entry, 64 lower-case hexadecimal digits
 */
public record LedgerEntry(
    long step, boolean skipped, List<Substitute> substitutes, double loss, String hash) {
  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if the step is negative, the hash is none, or slots do not
   *     ascend
   */
  public LedgerEntry {
    if (step < 0) {
      throw new IllegalArgumentException("step " + step + " cannot be: steps begin at 0");
    }
    if (!hash.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "hash \"" + hash + "\" of step " + step + " is no SHA-256");
    }
    substitutes = List.copyOf(substitutes);
    for (int i = 1; i < substitutes.size(); i++) {
      if (substitutes.get(i).slot() <= substitutes.get(i - 1).slot()) {
        throw new IllegalArgumentException(
            "substitutes of step " + step + " do not stand by ascending slot");
      }
    }
  }

  /** Whether this entry's hash continues a chain that ended with {@code previousHash}. */
  public boolean follows(String previousHash) {
    return hash.equals(LedgerHash.next(previousHash, step, skipped, substitutes, loss));
  }
}
