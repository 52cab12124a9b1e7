package org.ijepa.coordinator;

import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/** The values of a step's update: a pure function of the step and its facts. */
public interface StepPlanner {
  /** The plan of the step that {@code facts} tell of. */
  StepPlan plan(StepFacts facts);

  /** Number of steps of the run. */
  long totalSteps();

  /** Whether a checkpoint is due once {@code steps} steps are committed. */
  boolean checkpointDue(long steps);
}
