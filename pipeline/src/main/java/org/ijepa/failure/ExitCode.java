package org.ijepa.failure;

/** How the process ends; scripts rely on the numbers. */
public enum ExitCode {
  /** All went well. */
  DONE(0),
  /** A check that was asked for failed: parity, ledger. */
  CHECK_FAILED(1),
  /**
   * Wrong usage or configuration; refused credentials, a missing bucket, a full disk at the start.
   */
  WRONG_USAGE(2),
  /** More bad data than the budget allows, or nothing readable. */
  BAD_DATA(3),
  /** Training failed: losses that stay non-finite. */
  TRAINING_FAILED(4),
  /** Stopped before the end; the same command goes on from there. */
  INTERRUPTED(5),
  /** A defect of this program: none of the above. */
  INTERNAL_ERROR(70);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  /** The number that the operating system sees. */
  public int number() {
    return number;
  }
}
