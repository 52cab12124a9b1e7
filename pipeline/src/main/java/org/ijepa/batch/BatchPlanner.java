package org.ijepa.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.batch.MicroBatchPlan.Slot;
import org.ijepa.mask.MaskGroup;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;

/**
 * Deals a step's micro-batches to ranks: in order of (stream, group, place), in contiguous runs as
 * even as possible. A pure function of the run's settings, step, rank and number of ranks.
 */
public final class BatchPlanner {
  private final SampleOrder order;
  private final MaskSampler masks;
  private final int microBatch;
  private final int share;
  private final int perStream;

  /** A planner for micro-batches of {@code microBatch} samples, which divides every mask group. */
  public BatchPlanner(SampleOrder order, MaskSampler masks, int microBatch) {
    this.order = order;
    this.masks = masks;
    this.microBatch = microBatch;
    share = order.globalBatch() / order.streams();
    if (share % microBatch != 0) {
      throw new IllegalArgumentException(
          "micro-batches of " + microBatch + " do not divide a stream's share of " + share);
    }
    perStream = share / microBatch;
  }

  /** The order of samples. */
  public SampleOrder order() {
    return order;
  }

  /** Micro-batches of a step over all ranks. */
  public int microBatchesPerStep() {
    return perStream * order.streams();
  }

  /** Micro-batches of one rank in a step. */
  public int count(int rank, int world) {
    return first(rank + 1, world) - first(rank, world);
  }

  /** Number of the first micro-batch of one rank in a step; of rank {@code world}: of them all. */
  public int first(int rank, int world) {
    return (int) ((long) microBatchesPerStep() * rank / world);
  }

  /** The micro-batches of one rank in a step, in order of execution. */
  public List<MicroBatchPlan> plan(long step, int rank, int world) {
    int from = first(rank, world);
    int to = first(rank + 1, world);
    List<MicroBatchPlan> plans = new ArrayList<>(to - from);
    for (int stream = from / perStream; stream * perStream < to; stream++) {
      for (MicroBatchPlan plan : stream(step, stream)) {
        if (plan.number() >= from && plan.number() < to) {
          plans.add(plan);
        }
      }
    }
    return plans;
  }

  private List<MicroBatchPlan> stream(long step, int stream) {
    List<Place> places = new ArrayList<>(share);
    for (int i = 0; i < share; i++) {
      places.add(order.place(step, stream * share + i));
    }
    List<MaskGroup> groups = masks.groups(step, places);
    List<MicroBatchPlan> plans = new ArrayList<>(perStream);
    int number = stream * perStream;
    for (MaskGroup group : groups) {
      // Mean over the step's groups of the mean over a group.
      double weight =
          (double) microBatch / group.size() / ((double) groups.size() * order.streams());
      for (int at = 0; at < group.size(); at += microBatch) {
        List<Slot> slots = new ArrayList<>(microBatch);
        for (int i = at; i < at + microBatch; i++) {
          int member = group.members()[i];
          slots.add(new Slot(stream * share + member, places.get(member)));
        }
        plans.add(
            new MicroBatchPlan(
                step,
                number++,
                weight,
                slots,
                Arrays.copyOfRange(group.context(), at, at + microBatch),
                targets(group, at)));
      }
    }
    return plans;
  }

  private int[][][] targets(MaskGroup group, int at) {
    int[][][] blocks = new int[group.targets().length][][];
    for (int m = 0; m < blocks.length; m++) {
      blocks[m] = Arrays.copyOfRange(group.targets()[m], at, at + microBatch);
    }
    return blocks;
  }
}
