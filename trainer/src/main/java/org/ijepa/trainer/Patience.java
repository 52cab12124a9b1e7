package org.ijepa.trainer;

import java.time.Duration;
import org.ijepa.settings.Settings;

/**
 * For how long a trainer that moves nothing is waited for.
 *
 * @param hang at least one millisecond
 * @param store in addition, where it asks a store: for so long that tries again
 */
public record Patience(Duration hang, Duration store) {

  /** Of {@code cluster.hang-timeout} and {@code pipeline.retry.give-up-after}. */
  public static Patience of(Settings settings) {
    return new Patience(
        settings.cluster().hangTimeout(), settings.pipeline().retry().giveUpAfter());
  }

  /** With a look at each tick. */
  Pulse.Looks looks(Duration tick) {
    return new Pulse.Looks(looks(hang, tick), looks(hang.plus(store), tick));
  }

  private static int looks(Duration bound, Duration tick) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, bound.dividedBy(tick)));
  }

  /** Where a trainer has stood still for so long, and after which settings, for people. */
  String text(Pulse.Standstill found) {
    return found.asksStore()
        ? "%d s (cluster.hang-timeout and pipeline.retry.give-up-after) at %s"
            .formatted(hang.plus(store).toSeconds(), found.work())
        : "%d s (cluster.hang-timeout) at %s".formatted(hang.toSeconds(), found.work());
  }
}
