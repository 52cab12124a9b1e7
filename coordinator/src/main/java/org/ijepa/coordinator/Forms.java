package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;

/** The two ways in which a generation begins. */
final class Forms {
  private Forms() {}

  /**
   * From what its voters remember; everybody else is a newcomer, to whom the first voter gives it.
   *
   * @param ranks its members, of whom at least one is a voter
   * @param write name of a checkpoint that is written at once; empty: none
   */
  static Form remembered(
      long generation,
      List<MemberId> ranks,
      Settlement settlement,
      StepPlanner planner,
      Then then,
      String write) {
    List<MemberId> newcomers = new ArrayList<>(ranks);
    newcomers.removeAll(settlement.voters());
    return new Form(
        generation,
        ranks,
        newcomers,
        ranks.indexOf(
            settlement.voters().stream().filter(ranks::contains).findFirst().orElseThrow()),
        settlement.nextStep(),
        settlement.settled().map(planner::plan),
        Origin.MEMORY,
        "",
        settlement.history().stream()
            .filter(facts -> facts.step() < settlement.nextStep())
            .toList(),
        then,
        write);
  }

  /** From a checkpoint, or from the run's start values: all are newcomers. */
  static Form stored(long generation, List<MemberId> ranks, Optional<CheckpointName> checkpoint) {
    return new Form(
        generation,
        ranks,
        ranks,
        0,
        checkpoint.map(CheckpointName::step).orElse(0L),
        Optional.empty(),
        checkpoint.isPresent() ? Origin.CHECKPOINT : Origin.INITIAL,
        checkpoint.map(CheckpointName::toString).orElse(""),
        List.of(),
        Then.CONTINUE,
        "");
  }
}
