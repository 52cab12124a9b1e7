package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.ijepa.batch.BadSample;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;

/** The members' reports of one step as one. */
final class StepReports {
  private StepReports() {}

  /**
   * Shared facts as rank 0 has them; bad samples of all; the longest waits and computations. The
   * input is that of the member that waited longest for it, since the others waited for that one.
   *
   * @param commitWait of the member that reported the step before last: from then on all waited for
   *     the commit alone; NaN where nobody knows
   */
  static StepFacts merge(
      List<MemberId> ranks, Map<MemberId, StepFacts> reports, double commitWait) {
    StepFacts first = reports.get(ranks.get(0));
    List<BadSample> bad = new ArrayList<>();
    double wait = 0;
    double compute = 0;
    PipelineCounts input = first.input();
    for (MemberId member : ranks) {
      StepFacts facts = reports.get(member);
      bad.addAll(facts.bad());
      if (facts.inputWait() > wait) {
        wait = facts.inputWait();
        input = facts.input();
      }
      compute = Math.max(compute, facts.compute());
    }
    bad.sort(Comparator.comparingInt(BadSample::slot).thenComparingInt(BadSample::attempt));
    return new StepFacts(
        first.step(),
        first.loss(),
        first.gradientNorm(),
        first.finite(),
        first.substitutes(),
        first.contextLength(),
        first.targetLength(),
        first.digest(),
        bad,
        wait,
        compute,
        commitWait,
        input);
  }
}
