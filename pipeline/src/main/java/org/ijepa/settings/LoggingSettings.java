package org.ijepa.settings;

import java.util.Map;
import java.util.Optional;

/**
 * What is said while a run goes on.
 *
 * @param everySteps steps between progress lines where the output is not a terminal
 * @param layersEverySteps steps between norms of each layer's weights and gradient; 0: never
 * @param level the least severe messages that are shown
 * @param http where the live view of the run is served; empty: nowhere
 */
public record LoggingSettings(
    int everySteps, int layersEverySteps, Level level, Optional<HttpAddress> http) {
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
    Check.atLeast("logging.layers-every-steps", layersEverySteps, 0);
  }

  /** Reads {@code logging.http}; an empty text is nowhere. */
  static Optional<HttpAddress> http(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        HttpAddress.parse(text)
            .orElseThrow(
                () ->
                    ConfigurationError.of(
                        "logging.http",
                        text,
                        "be a port or host:port, such as 8080 or 0.0.0.0:8080, or empty")));
  }

  Map<String, Object> values() {
    return Values.of(
        "logging.every-steps",
        everySteps,
        "logging.layers-every-steps",
        layersEverySteps,
        "logging.level",
        level,
        "logging.http",
        http.map(HttpAddress::toString).orElse(""));
  }
}
