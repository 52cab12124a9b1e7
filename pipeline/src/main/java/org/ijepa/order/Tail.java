package org.ijepa.order;

/** What becomes of the samples at an epoch's end that fill no global batch. */
public enum Tail {
  /** They are left out of that epoch, as published. */
  DROP,
  /** The next epoch's order follows on within the batch. */
  CARRY
}
