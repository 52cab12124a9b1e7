package org.ijepa.failure;

/** What a command's exit status says. */
public enum ExitCode {
  DONE(0),
  CHECK_FAILED(1),
  USAGE(2),
  BAD_DATA(3),
  TRAINING_FAILED(4),
  RESUMABLE(5);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  /** The process's exit status. */
  public int status() {
    return status;
  }
}
