package org.ijepa.settings;

import java.util.Map;

/**
 * What is said while a run goes on.
 *
 * @param everySteps steps between progress lines where the output is not a terminal
 * @param level the least severe messages that are shown
 */
public record LoggingSettings(int everySteps, Level level) {
  /** Severity of messages. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  public LoggingSettings {
    Check.atLeast("logging.every-steps", everySteps, 1);
  }

  Map<String, Object> values() {
    return Values.of("logging.every-steps", everySteps, "logging.level", level);
  }
}
