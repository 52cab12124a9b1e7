package org.ijepa.plan;

/** The formulas for the best time between checkpoints, in seconds. */
final class CheckpointInterval {
  private CheckpointInterval() {}

  /**
   * The first-order optimum (Young, "A first order approximation to the optimum checkpoint
   * interval", 1974).
   *
   * @param cost seconds that a checkpoint takes from training
   * @param mtbf mean time between failures that lose what is not saved
   */
  static double young(double cost, double mtbf) {
    return Math.sqrt(2 * cost * mtbf);
  }

  /**
   * The higher-order optimum (Daly, "A higher order estimate of the optimum checkpoint interval for
   * restart dumps", 2006), of computing between two checkpoints.
   */
  static double daly(double cost, double mtbf) {
    if (cost >= 2 * mtbf) {
      return mtbf;
    }
    double ratio = cost / (2 * mtbf);
    return young(cost, mtbf) * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - cost;
  }

  /**
   * Expected time of a run with exponentially distributed failures, restarts among what may fail
   * (Daly 2006).
   *
   * @param work seconds of computing in all
   * @param interval seconds of computing between two checkpoints
   */
  static double expected(double work, double interval, double cost, double restart, double mtbf) {
    return mtbf * Math.exp(restart / mtbf) * Math.expm1((interval + cost) / mtbf) * work / interval;
  }
}
