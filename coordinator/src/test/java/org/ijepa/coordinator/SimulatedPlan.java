package org.ijepa.coordinator;

import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/** A run of a few steps. */
final class SimulatedPlan implements StepPlanner {
  static final int STEPS = 12;
  private static final int CHECKPOINT_EVERY = 4;

  @Override
  public StepPlan plan(StepFacts facts) {
    return new StepPlan(facts.step(), 1e-3, 0.05, 0.99, 1, !facts.finite());
  }

  @Override
  public long totalSteps() {
    return STEPS;
  }

  @Override
  public boolean checkpointDue(long steps) {
    return steps % CHECKPOINT_EVERY == 0;
  }
}
