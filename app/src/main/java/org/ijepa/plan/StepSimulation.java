package org.ijepa.plan;

import java.util.Arrays;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.settings.MachineSettings;

/**
 * Steps of a run, micro-batch by micro-batch, on so many nodes.
 *
 * <p>Each trainer has a supply that makes one micro-batch after another as long as fewer than
 * {@code prefetch} are ready, and computes its own part of the step's micro-batches, dealt as
 * evenly as may be. A step ends once the last of all trainers is done and gradients are summed;
 * then all begin the next one. The moments at which a supply or a trainer may go on follow from
 * those before, so that there is nothing to keep a calendar of.
 */
final class StepSimulation {
  /** Buffers are full before anything is measured. */
  private static final int WARM_UP = 30;

  private final Workload work;
  private final MachineSettings machine;
  private final int nodes;
  private final Costs costs;
  private final int ranks;
  private final KeyedRandom[] random;

  // Of each rank: when its supply was done last, and when it took each of its last micro-batches.
  private final double[] supplied;
  private final double[][] taken;
  private final int[] next;

  // Of the step at hand: the trainer that is done last.
  private double end;
  private double waited;

  private StepSimulation(Workload work, MachineSettings machine, int nodes, long seed) {
    this.work = work;
    this.machine = machine;
    this.nodes = nodes;
    this.costs = new Costs(work, machine);
    this.ranks = nodes * machine.devices();
    this.supplied = new double[ranks];
    this.taken = new double[ranks][work.prefetch()];
    this.next = new int[ranks];
    this.random = new KeyedRandom[ranks];
    RandomKey key = RandomKey.of(seed, "plan steps");
    for (int rank = 0; rank < ranks; rank++) {
      random[rank] = key.with(rank).stream();
    }
  }

  /** Means over {@code steps} steps after some that are not counted. */
  static StepProfile run(Workload work, MachineSettings machine, int nodes, long seed, int steps) {
    return new StepSimulation(work, machine, nodes, seed).run(steps);
  }

  private StepProfile run(int steps) {
    double each = costs.microBatch();
    double compute = each * work.microBatches() / ranks;
    int most = (work.microBatches() + ranks - 1) / ranks;
    double allReduce = costs.allReduce(nodes);
    double update = costs.update() + (ranks > 1 ? machine.compute().commitSeconds() : 0);
    double[] times = new double[steps];
    double input = 0;
    double now = 0;
    for (int step = -WARM_UP; step < steps; step++) {
      double began = now;
      work(began, each);
      now = end + allReduce + update;
      if (step >= 0) {
        times[step] = now - began;
        input += waited / steps;
      }
    }
    double mean = Arrays.stream(times).average().orElseThrow();
    double variance =
        Arrays.stream(times).map(time -> (time - mean) * (time - mean)).average().orElseThrow();
    double uneven = most * each - compute;
    double stragglers = mean - compute - uneven - input - allReduce - update;
    return new StepProfile(
        mean, Math.sqrt(variance), compute, uneven, input, stragglers, allReduce, update);
  }

  /** All trainers' parts of a step that begins now. */
  private void work(double began, double each) {
    double supply = costs.microBatchInput(nodes);
    end = Double.NEGATIVE_INFINITY;
    for (int rank = 0; rank < ranks; rank++) {
      double now = began;
      double wait = 0;
      int share = share(rank);
      for (int i = 0; i < share; i++) {
        double[] buffer = taken[rank];
        int slot = next[rank];
        double ready =
            Math.max(supplied[rank], buffer[slot])
                + supply * spread(machine.input().spread(), random[rank]);
        supplied[rank] = ready;
        wait += Math.max(0, ready - now);
        now = Math.max(ready, now);
        buffer[slot] = now;
        next[rank] = (slot + 1) % buffer.length;
        now += each * spread(machine.compute().spread(), random[rank]);
      }
      if (now > end) {
        end = now;
        waited = wait;
      }
    }
  }

  /** Micro-batches of a rank: contiguous runs as even as possible. */
  private int share(int rank) {
    long all = work.microBatches();
    return (int) ((rank + 1) * all / ranks - rank * all / ranks);
  }

  /** A factor with mean 1 and the given deviation, log-normal. */
  private static double spread(double deviation, KeyedRandom random) {
    if (deviation == 0) {
      return 1;
    }
    double variance = StrictMath.log(1 + deviation * deviation);
    return StrictMath.exp(StrictMath.sqrt(variance) * random.nextGaussian() - variance / 2);
  }
}
