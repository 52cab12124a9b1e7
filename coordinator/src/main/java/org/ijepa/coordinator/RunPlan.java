package org.ijepa.coordinator;

import org.ijepa.optimization.Schedules;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/** The plan of a run by its published schedules. */
public record RunPlan(Schedules schedules, long totalSteps, int checkpointEvery)
    implements StepPlanner {

  @Override
  public StepPlan plan(StepFacts facts) {
    long step = facts.step();
    return new StepPlan(
        step,
        schedules.learningRate(step),
        schedules.weightDecay(step),
        schedules.emaMomentum(step),
        !facts.finite());
  }

  @Override
  public boolean checkpointDue(long steps) {
    return steps % checkpointEvery == 0;
  }
}
