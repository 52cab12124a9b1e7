package org.ijepa.trainer;

/** What a member's state machine wants done. */
public sealed interface MemberEffect {

  /** Tell the coordinator. */
  record Send(FromMember message) implements MemberEffect {}

  /** Abort the collective of the generation that was left. */
  record AbortCollective() implements MemberEffect {}

  /** Join a generation: collective, and state by load or broadcast where there are newcomers. */
  record Join(ToMember.Form form, int rank) implements MemberEffect {}

  /** Run a step up to its reduced gradient. */
  record RunStep(long generation, long step) implements MemberEffect {}

  /** Update optimizer and EMA as decided. */
  record Apply(StepPlan plan) implements MemberEffect {}

  /** Copy the state and write it as this checkpoint. */
  record StartCheckpoint(String name, long nextStep) implements MemberEffect {}
}
