package org.ijepa.settings;

import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/**
 * A configuration that cannot be used: {@code key = value (where it came from): what is allowed}.
 *
 * <p>Records check themselves and know no origin; the reader that fills them adds it with {@link
 * #from}.
 */
public final class ConfigurationError extends Failure {
  private final String key;

  private ConfigurationError(String key, String message, String hint, Throwable cause) {
    super(ExitCode.WRONG_USAGE, message, hint, cause);
    this.key = key;
  }

  /**
   * An error about one key's value; {@code allowed} reads on from "must", such as "be at least 1".
   */
  public static ConfigurationError of(String key, Object value, String allowed) {
    return new ConfigurationError(key, key + " = " + value, "it must " + allowed, null);
  }

  /** An error about a key or file rather than about a value. */
  static ConfigurationError about(String key, String message, String hint, Throwable cause) {
    return new ConfigurationError(key, message, hint, cause);
  }

  /**
   * The same error with the place that the value came from: {@code file:line}, {@code --set}, the
   * defaults.
   */
  ConfigurationError from(String origin) {
    return new ConfigurationError(key, getMessage() + " (" + origin + ")", hint(), this);
  }

  /** The key in question; empty where it is about a whole file. */
  public String key() {
    return key;
  }
}
