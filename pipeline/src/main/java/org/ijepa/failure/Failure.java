package org.ijepa.failure;

/** A failure to be shown as one line and what to do, without a stack trace. */
public class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final String hint;

  /**
   * A failure without a Java cause.
   *
   * @param message names what failed, with its value
   * @param hint what to do about it
   */
  public Failure(ExitCode exitCode, String message, String hint) {
    this(exitCode, message, hint, null);
  }

  /** A failure with the exception behind it, shown only on request. */
  public Failure(ExitCode exitCode, String message, String hint, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  /** The exit status that it leads to. */
  public ExitCode exitCode() {
    return exitCode;
  }

  /** What to do. */
  public String hint() {
    return hint;
  }
}
