package org.ijepa.coordinator;

import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.failure.ExitCode;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.MemberId;

/** What the coordinator's state machine reacts to. */
public sealed interface CoordinatorEvent {

  /** A member is there; repeated registrations of the same incarnation change nothing. */
  record Registered(MemberId member) implements CoordinatorEvent {}

  /** A node may have trainers that are in the run: a coordinator that is new waits for them. */
  record NodeAwaited(String node) implements CoordinatorEvent {}

  /** All trainers of a node have registered, or the cluster removed it. */
  record NodeKnown(String node) implements CoordinatorEvent {}

  /** A member said itself that it failed; its node starts it anew. */
  record MemberFailed(MemberId member, String reason) implements CoordinatorEvent {}

  /** A member said itself that it failed, as would another one in its place: the run ends. */
  record MemberGaveUp(MemberId member, String reason, ExitCode exitCode)
      implements CoordinatorEvent {}

  /** The cluster removed a member, or its node gave it up: it is waited for no longer. */
  record MemberRemoved(String name) implements CoordinatorEvent {}

  /** A member cannot be reached, which may pass. */
  record MemberUnreachable(String name) implements CoordinatorEvent {}

  /** A message of a member. */
  record Received(FromMember message) implements CoordinatorEvent {}

  /**
   * The generation's number is this coordinator's.
   *
   * @param checkpoints complete ones, as the store has them now
   */
  record Claimed(long generation, List<CheckpointName> checkpoints) implements CoordinatorEvent {}

  /** Somebody else has the number, or a higher one. */
  record ClaimRefused(long newest) implements CoordinatorEvent {}

  /**
   * More than half of the nodes, asked after the claim, take this node for the one that leads.
   *
   * @param time that they were asked about this generation, from 1
   */
  record Confirmed(long generation, int time) implements CoordinatorEvent {}

  /** A checkpoint is complete. */
  record CheckpointComplete(CheckpointName name) implements CoordinatorEvent {}

  /**
   * The ledger of a checkpoint cannot be read: what was settled with it, if anything, was told to
   * nobody.
   *
   * @param steps that the ledger has without it
   */
  record CheckpointDamaged(CheckpointName name, long steps) implements CoordinatorEvent {}

  /** A checkpoint was not written. */
  record CheckpointFailed(CheckpointName name, String reason) implements CoordinatorEvent {}

  /** Time to say again what may have been lost. */
  record Tick() implements CoordinatorEvent {}

  /** Stop after the step in flight, with a checkpoint. */
  record Drain(Stop why) implements CoordinatorEvent {}

  /** Why a run ends. */
  enum Stop {
    /** All steps are done. */
    COMPLETE,
    /** Somebody asked for it. */
    INTERRUPTED,
    /** Too many steps in a row were skipped. */
    NOT_FINITE,
    /** The encoder stops telling images apart. */
    COLLAPSED,
    /** Too many samples are bad. */
    BAD_DATA,
    /** A lost member that was waited for did not come back. */
    NOT_BACK,
    /** Members cannot sum with each other, and too few are left without those that fail. */
    NO_SUM,
    /** A trainer cannot go on, nor could another one in its place. */
    FAILED
  }
}
