package org.ijepa.trainer;

import java.util.ArrayList;
import java.util.List;
import org.ijepa.replica.Replica;

/**
 * Looks at a replica between two steps, beside the worker's thread of rank 0, which waits. It
 * changes nothing of the replica, and a run with it has the bits of one without.
 */
public interface StepWatch {
  /** Looks at nothing. */
  StepWatch NONE = (step, replica) -> List.of();

  /** What there is to say once the updates of {@code step} are done; mostly nothing. */
  List<Finding> after(long step, Replica replica);

  /** The same after the first step, after every so many, and after the last of a run. */
  default StepWatch every(int steps, long totalSteps) {
    return (step, replica) -> {
      boolean due = step == 0 || (step + 1) % steps == 0 || step + 1 == totalSteps;
      return due ? after(step, replica) : List.of();
    };
  }

  /** Looks twice: as this and as another. */
  default StepWatch and(StepWatch other) {
    return (step, replica) -> {
      List<Finding> findings = new ArrayList<>(after(step, replica));
      findings.addAll(other.after(step, replica));
      return findings;
    };
  }
}
