package org.ijepa.failure;

import static java.util.Objects.requireNonNull;

/**
 * An error that a user can understand and act on: shown as one line, {@code message; hint}, without
 * a stack trace.
 *
 * <p>The message names the thing and its value, the hint what to do; neither has a line break or a
 * full stop at its end.
 */
public class Failure extends RuntimeException {
  private final ExitCode exitCode;
  private final String hint;

  /** An error with no exception behind it. */
  public Failure(ExitCode exitCode, String message, String hint) {
    super(requireNonNull(message));
    this.exitCode = requireNonNull(exitCode);
    this.hint = requireNonNull(hint);
  }

  /** An error that {@code cause} made known; the cause is shown with {@code --debug} only. */
  public Failure(ExitCode exitCode, String message, String hint, Throwable cause) {
    super(requireNonNull(message), cause);
    this.exitCode = requireNonNull(exitCode);
    this.hint = requireNonNull(hint);
  }

  /** How the process ends when this error reaches the command line. */
  public ExitCode exitCode() {
    return exitCode;
  }

  /** What to do, or an empty string where the message says it all. */
  public String hint() {
    return hint;
  }

  /** Message and hint in one line. */
  public String line() {
    return hint.isEmpty() ? getMessage() : getMessage() + "; " + hint;
  }
}
