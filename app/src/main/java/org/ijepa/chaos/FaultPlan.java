package org.ijepa.chaos;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Which fault comes next, and which node it meets: the same for the same seed. */
final class FaultPlan {
  private final List<Fault> faults;
  private final int nodes;
  private final SplittableRandom random;

  /** The {@code node}th node meets a fault. */
  record Next(Fault fault, int node) {}

  FaultPlan(List<Fault> faults, int nodes, long seed) {
    this.faults = List.copyOf(faults);
    this.nodes = nodes;
    random = new SplittableRandom(seed);
  }

  /** As many nodes as can be without being half of all, from one on. */
  static List<Integer> minority(int nodes, int first) {
    return IntStream.range(0, (nodes - 1) / 2).mapToObj(i -> (first + i) % nodes).toList();
  }

  Next next() {
    return new Next(faults.get(random.nextInt(faults.size())), random.nextInt(nodes));
  }
}
