package org.ijepa.order;

/** What becomes of the samples at the end of an epoch that fill no global batch. */
public enum Tail {
  /** They are left out of that epoch, as published. */
  DROP,
  /** They are used: the next epoch's order follows on within the same global batch. */
  CARRY
}
