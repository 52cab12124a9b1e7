package org.ijepa.coordinator;

import java.time.Duration;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.OnLoss;
import org.ijepa.settings.RegroupSettings;

/**
 * How much a coordinator bears.
 *
 * @param minMembers members with which the run begins
 * @param maxFailures failures of a member in a row, without a step in between, that end the run
 * @param waitTicks for which a removed member is waited for; 0: the others train on
 * @param slowTicks for which a checkpoint is written before that is said
 * @param messageBytes most bytes of a message between nodes; {@link Long#MAX_VALUE} where there is
 *     but one process
 * @param backoff what follows sums that fail again and again
 */
public record ProtocolRules(
    int minMembers,
    int maxFailures,
    int waitTicks,
    int slowTicks,
    long messageBytes,
    Backoff backoff) {
  /** Frames of {@code ijepa-akka.conf}. */
  static final long MESSAGE_BYTES = 4 << 20;

  private static final Duration SLOW_WRITE = Duration.ofMinutes(5);

  /** Those of the settings, where a tick takes so long. */
  static ProtocolRules of(ClusterSettings cluster, int maxFailures, Duration tick) {
    RegroupSettings regroup = cluster.regroup();
    return new ProtocolRules(
        cluster.minTrainers(),
        maxFailures,
        cluster.onLoss() == OnLoss.WAIT ? ticks(cluster.rejoinTimeout(), tick) : 0,
        ticks(SLOW_WRITE, tick),
        cluster.isAlone() ? Long.MAX_VALUE : MESSAGE_BYTES,
        new Backoff(
            ticks(regroup.delay(), tick),
            ticks(regroup.maxDelay(), tick),
            regroup.attempts(),
            ticks(regroup.leaveOut(), tick)));
  }

  private static int ticks(Duration time, Duration tick) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, time.dividedBy(tick)));
  }

  /** Whether the run waits for the same members, and goes on with no fewer. */
  boolean waits() {
    return waitTicks > 0;
  }
}
