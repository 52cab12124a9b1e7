package org.ijepa.trainer;

import java.util.List;
import org.ijepa.batch.BadSample;
import org.ijepa.ledger.Substitute;
import org.ijepa.stage.PipelineCounts;

/**
 * What is known of a step once its gradient is reduced. All but the last five are the same, to the
 * bit, on every member.
 *
 * @param step from 0
 * @param loss of the step
 * @param gradientNorm after the reduction
 * @param finite whether loss and every element of the gradient are finite
 * @param substitutes places whose sample was replaced
 * @param contextLength context patches of the step's first micro-batch
 * @param targetLength patches of a target block
 * @param digest of the reduced gradient and facts
 * @param bad samples that this member could not use
 * @param inputWait seconds that this member waited for its micro-batches
 * @param compute seconds that this member computed
 * @param commitWait seconds in which this member held the gradient of the step before, until it
 *     began to apply that step's commit; NaN in the first step of a generation
 * @param input what the stages of this member's input counted in the step; nothing in the first
 *     step of a generation, which begins with waiting for the first images
 */
public record StepFacts(
    long step,
    double loss,
    double gradientNorm,
    boolean finite,
    List<Substitute> substitutes,
    int contextLength,
    int targetLength,
    long digest,
    List<BadSample> bad,
    double inputWait,
    double compute,
    double commitWait,
    PipelineCounts input) {

  /** The same without what the input counted: what later generations need to know. */
  StepFacts withoutInput() {
    return new StepFacts(
        step,
        loss,
        gradientNorm,
        finite,
        substitutes,
        contextLength,
        targetLength,
        digest,
        bad,
        inputWait,
        compute,
        commitWait,
        PipelineCounts.NONE);
  }
}
