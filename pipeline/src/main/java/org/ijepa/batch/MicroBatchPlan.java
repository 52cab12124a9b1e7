package org.ijepa.batch;

import java.util.List;
import org.ijepa.order.Place;

/**
 * What a micro-batch is, before its pixels are there: B samples, K context and T target patches.
 */
public final class MicroBatchPlan {
  private final long step;
  private final int number;
  private final double weight;
  private final List<Slot> slots;
  private final int[][] context;
  private final int[][][] targets;

  /**
   * A sample's place.
   *
   * @param slot within the global batch
   * @param place what stands there
   */
  public record Slot(int slot, Place place) {}

  MicroBatchPlan(
      long step, int number, double weight, List<Slot> slots, int[][] context, int[][][] targets) {
    this.step = step;
    this.number = number;
    this.weight = weight;
    this.slots = List.copyOf(slots);
    this.context = context;
    this.targets = targets;
  }

  /** The step that it belongs to, from 0. */
  public long step() {
    return step;
  }

  /** Its number among the step's micro-batches over all ranks, from 0. */
  public int number() {
    return number;
  }

  /** Weight of its mean loss in the loss of the step. */
  public double weight() {
    return weight;
  }

  /** Its samples, in order. */
  public List<Slot> slots() {
    return slots;
  }

  /** Context patches, B x K; not to be changed. */
  public int[][] context() {
    return context;
  }

  /** Patches of the M target blocks, M x B x T; not to be changed. */
  public int[][][] targets() {
    return targets;
  }
}
