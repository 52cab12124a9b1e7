package org.ijepa.plan;

import java.time.Duration;
import org.ijepa.settings.MachineSettings;

/**
 * What checkpoints cost and what failures undo, by formula (Young 1974, Daly 2006): failures that
 * lose what no checkpoint has come at random, each undoes half a distance on average.
 *
 * @param interval seconds of training between checkpoints
 * @param copy seconds that each keeps training waiting
 * @param write seconds in which it is written; the next copy waits for that
 * @param mtbf mean seconds between failures that lose what is not saved
 */
public record CheckpointDistance(double interval, double copy, double write, double mtbf) {
  /** Longer by more than this share of the run than with the best distance is far off. */
  private static final double FAR_OFF = 0.01;

  /**
   * Of a run on machines like these.
   *
   * @param stateBytes of a checkpoint
   * @param interval seconds of training between checkpoints
   */
  public static CheckpointDistance of(
      double stateBytes, double interval, MachineSettings machine, int nodes) {
    return new CheckpointDistance(
        interval,
        stateBytes / machine.checkpoint().copyBandwidth(),
        stateBytes / machine.checkpoint().writeBandwidth(),
        mtbf(machine.failures(), nodes));
  }

  /** Seconds between failures that lose what is not in a checkpoint. */
  static double mtbf(MachineSettings.Failures failures, int nodes) {
    double outage = seconds(failures.outageMtbf());
    boolean nodesToo = nodes == 1 || !failures.survivorsGoOn();
    return nodesToo ? 1 / (1 / outage + nodes / seconds(failures.nodeMtbf())) : outage;
  }

  /** Young's best distance, seconds. */
  public double young() {
    return CheckpointInterval.young(copy, mtbf);
  }

  /** Daly's best distance, seconds. */
  public double daly() {
    return CheckpointInterval.daly(copy, mtbf);
  }

  /** Seconds that a checkpoint keeps training waiting. */
  public double cost() {
    return cost(interval);
  }

  private double cost(double distance) {
    return copy + Math.max(0, write - distance);
  }

  /** Seconds of training that a failure undoes, on average. */
  public double lost() {
    return interval / 2;
  }

  /** Share of the run by which it is longer than with the best distance. */
  public double excess() {
    return expected(interval) / expected(Math.max(daly(), write)) - 1;
  }

  /** How long it takes to start again is a factor, the same for every distance. */
  private double expected(double distance) {
    return CheckpointInterval.expected(1, distance, cost(distance), 0, mtbf);
  }

  /** Whether another distance would be worth setting. */
  public boolean isFarOff() {
    return excess() > FAR_OFF;
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
