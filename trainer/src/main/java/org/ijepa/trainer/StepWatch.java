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
  StepWatch NONE = (step, replica, moved) -> List.of();

  /**
   * What there is to say once the updates of {@code step} are done; mostly nothing.
   *
   * @param moved is told now and then, so that what takes long is not taken for what hangs
   */
  List<Finding> after(long step, Replica replica, Runnable moved);

  /** The same after the first step, after every so many, and after the last of a run. */
  default StepWatch every(int steps, long totalSteps) {
    return (step, replica, moved) -> {
      boolean due = step == 0 || (step + 1) % steps == 0 || step + 1 == totalSteps;
      return due ? after(step, replica, moved) : List.of();
    };
  }

  /** Looks twice: as this and as another. */
  default StepWatch and(StepWatch other) {
    return (step, replica, moved) -> {
      List<Finding> findings = new ArrayList<>(after(step, replica, moved));
      moved.run();
      findings.addAll(other.after(step, replica, moved));
      return findings;
    };
  }
}
