package org.ijepa.trainer;

import ai.djl.Device;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.replica.Replica;
import org.ijepa.vit.Geometry;

/**
 * What a trainer is made of.
 *
 * @param reduction how gradients are added up
 * @param start what a new run begins with
 * @param threads OpenMP threads of the worker
 * @param patience with a worker that moves nothing
 * @param planner tells which micro-batches are whose
 */
public record TrainerParts(
    Device device,
    Geometry geometry,
    Replica.Options replica,
    Reduction reduction,
    StartValues start,
    int threads,
    Patience patience,
    BatchPlanner planner,
    BatchStream batches,
    CollectiveFactory collectives,
    CheckpointStore checkpoints,
    StepWatch watch,
    StepProbe probe) {

  /** How gradients are added up; the facts that ride with them are always exact. */
  public enum Reduction {
    /** In float32, rank by rank. */
    EXACT,
    /** In bfloat16, rank by rank. */
    ROUNDED,
    /** In float32, to the same bits for any number of members. */
    CANONICAL
  }

  /** The same on another device. */
  public TrainerParts on(Device other) {
    return new TrainerParts(
        other,
        geometry,
        replica,
        reduction,
        start,
        threads,
        patience,
        planner,
        batches,
        collectives,
        checkpoints,
        watch,
        probe);
  }
}
