package org.ijepa.coordinator;

import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.Happening;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.ToMember;

/** What the coordinator's state machine wants done, in this order. */
public sealed interface CoordinatorEffect {

  /** Whether nothing follows it. */
  default boolean isEnd() {
    return this instanceof Finished || this instanceof Fail;
  }

  /** Claim a generation's number in the checkpoint store. */
  record Claim(long generation) implements CoordinatorEffect {}

  /**
   * Ask the nodes, from now on, whether they still take this node for the one that leads. A number
   * counts only then: else a coordinator that slept while it was removed could claim a higher one
   * than its successor has, and lead its own trainer alone. Asked again where the cluster removes
   * somebody: a node that is removed itself sees all others go.
   *
   * @param time that this is to be confirmed of the generation, from 1
   */
  record Confirm(long generation, int time) implements CoordinatorEffect {}

  /** Tell a member. */
  record Send(MemberId to, ToMember message) implements CoordinatorEffect {}

  /**
   * A step is decided: write it down before anybody hears of it.
   *
   * @param remembered whether it was learned from what members remember when a generation began, so
   *     that nobody here knows how long it took
   */
  record Decided(StepFacts facts, StepPlan plan, long generation, int worldSize, boolean remembered)
      implements CoordinatorEffect {}

  /** The run goes on from this step: entries of it and later ones are void. */
  record RewoundTo(long step) implements CoordinatorEffect {}

  /** Another coordinator went on meanwhile: the ledger up to here is the one of this checkpoint. */
  record TakeLedger(CheckpointName checkpoint) implements CoordinatorEffect {}

  /** Complete a checkpoint, whose tensors are stored, with the ledger as it is now. */
  record Complete(Stored stored) implements CoordinatorEffect {}

  /** Something that people want to know. */
  record Tell(Happening what) implements CoordinatorEffect {
    static Tell note(String text) {
      return new Tell(new Happening.Noted(text));
    }
  }

  /**
   * The run is over.
   *
   * @param saved whether everything committed stands in a complete checkpoint
   */
  record Finished(Stop why, boolean saved) implements CoordinatorEffect {}

  /** The run cannot go on. */
  record Fail(ExitCode exitCode, String reason) implements CoordinatorEffect {
    Fail(String reason) {
      this(ExitCode.TRAINING_FAILED, reason);
    }
  }
}
