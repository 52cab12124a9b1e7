package org.ijepa.plan;

/**
 * What a run computes, as far as its time depends on it.
 *
 * @param steps of the run
 * @param globalBatch images a step
 * @param microBatch images computed at a time
 * @param flops floating-point operations for an image
 * @param trained parameters with a gradient
 * @param averaged parameters of the target encoder
 * @param gradientBytes of a parameter's gradient on its way between trainers
 * @param prefetch micro-batches kept ready for each trainer
 * @param fetches images fetched at a time for each trainer
 * @param checkpointEvery steps between checkpoints
 * @param waitsForLost whether a lost node is waited for, instead of going on with fewer
 */
public record Workload(
    long steps,
    int globalBatch,
    int microBatch,
    double flops,
    double trained,
    double averaged,
    int gradientBytes,
    int prefetch,
    int fetches,
    long checkpointEvery,
    boolean waitsForLost) {

  /** Weights and two moments of what is trained, and the target encoder, in float32. */
  double stateBytes() {
    return Float.BYTES * (3 * trained + averaged);
  }

  /** The same with other micro-batches. */
  public Workload withMicroBatch(int images) {
    return new Workload(
        steps,
        globalBatch,
        images,
        flops,
        trained,
        averaged,
        gradientBytes,
        prefetch,
        fetches,
        checkpointEvery,
        waitsForLost);
  }

  /** The same with other checkpoints. */
  public Workload withCheckpointEvery(long every) {
    return new Workload(
        steps,
        globalBatch,
        microBatch,
        flops,
        trained,
        averaged,
        gradientBytes,
        prefetch,
        fetches,
        every,
        waitsForLost);
  }

  int microBatches() {
    return globalBatch / microBatch;
  }
}
