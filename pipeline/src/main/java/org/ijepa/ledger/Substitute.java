package org.ijepa.ledger;

/**
 * A place of a step at which the order's sample could not be read and another was used.
 *
 * @param slot of the global batch, from 0
 * @param attempt which substitute of that place was used, from 1
 */
public record Substitute(int slot, int attempt) {
  /** Refuses numbers that no substitute has. */
  public Substitute {
    if (slot < 0 || attempt < 1) {
      throw new IllegalArgumentException(
          "a substitute at slot " + slot + " with attempt " + attempt + " cannot be");
    }
  }
}
