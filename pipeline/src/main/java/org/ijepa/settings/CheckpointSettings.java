package org.ijepa.settings;

import java.util.Map;
import org.ijepa.order.Divisors;

/**
 * When checkpoints are written and which stay.
 *
 * @param uri folder, {@code file://} or {@code s3://bucket/prefix}; empty: {@code checkpoints/} in
 *     the run folder
 * @param everySteps steps between two
 * @param keepLast how many of the newest stay
 * @param keepEvery those at multiples of this many steps stay for ever; 0: none
 * @param keepBest how many of the best by online probe stay; 0: none
 */
public record CheckpointSettings(
    String uri, int everySteps, int keepLast, int keepEvery, int keepBest) {
  public CheckpointSettings {
    Uris.check("checkpoint.uri", uri);
    Check.atLeast("checkpoint.every-steps", everySteps, 1);
    Check.atLeast("checkpoint.keep-last", keepLast, 1);
    Check.atLeast("checkpoint.keep-every", keepEvery, 0);
    Check.atLeast("checkpoint.keep-best", keepBest, 0);
    if (keepEvery % everySteps != 0) {
      throw ConfigurationError.of(
          "checkpoint.keep-every",
          keepEvery,
          "be a multiple of checkpoint.every-steps = "
              + everySteps
              + "; nearest that fit: "
              + Check.join(Divisors.nearestMultiples(keepEvery, everySteps)));
    }
  }

  Map<String, Object> values() {
    return Values.of(
        "checkpoint.uri", uri,
        "checkpoint.every-steps", everySteps,
        "checkpoint.keep-last", keepLast,
        "checkpoint.keep-every", keepEvery,
        "checkpoint.keep-best", keepBest);
  }
}
