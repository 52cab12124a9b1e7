package org.ijepa.settings;

import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/** A setting that is unknown, of the wrong type, or not allowed. */
public final class ConfigurationError extends Failure {
  private static final long serialVersionUID = 1L;

  /** Names key and value, and says what is allowed. */
  public ConfigurationError(String message, String hint) {
    super(ExitCode.USAGE, message, hint);
  }

  static ConfigurationError of(String key, Object value, String allowed) {
    return new ConfigurationError(key + " = " + value + " is not allowed", allowed);
  }
}
