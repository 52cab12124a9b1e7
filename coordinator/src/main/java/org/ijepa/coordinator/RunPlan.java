package org.ijepa.coordinator;

import org.ijepa.optimization.Schedules;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;

/**
 * The plan of a run by its published schedules.
 *
 * @param clipNorm norm that a gradient is scaled down to where it is larger; infinite for never
 */
public record RunPlan(Schedules schedules, long totalSteps, int checkpointEvery, double clipNorm)
    implements StepPlanner {

  @Override
  public StepPlan plan(StepFacts facts) {
    long step = facts.step();
    return new StepPlan(
        step,
        schedules.learningRate(step),
        schedules.weightDecay(step),
        schedules.emaMomentum(step),
        facts.gradientNorm() > clipNorm ? clipNorm / facts.gradientNorm() : 1,
        !facts.finite());
  }

  @Override
  public boolean checkpointDue(long steps) {
    return steps % checkpointEvery == 0;
  }
}
