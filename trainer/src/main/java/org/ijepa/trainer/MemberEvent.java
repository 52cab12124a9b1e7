package org.ijepa.trainer;

import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.failure.ExitCode;

/** What a member's state machine reacts to, besides the coordinator's messages. */
public sealed interface MemberEvent {

  /** A message of a coordinator, however old. */
  record Received(ToMember message) implements MemberEvent {}

  /** Time to say again what may have been lost. */
  record Tick() implements MemberEvent {}

  /** The worker has joined the generation's collective and has the generation's state. */
  record Joined(long generation) implements MemberEvent {}

  /** The worker holds the reduced gradient of a step. */
  record StepReduced(long generation, StepFacts facts) implements MemberEvent {}

  /** The worker's optimizer and EMA updates of a step are done. */
  record Applied(long step) implements MemberEvent {}

  /**
   * The worker's collective failed, or a checkpoint could not be read.
   *
   * @param damagedCheckpoint its name, or empty
   */
  record CollectiveFailed(
      long generation, String reason, String damagedCheckpoint, Suspicion suspicion)
      implements MemberEvent {}

  /**
   * The worker's input failed for good, before anything of the step was summed or updated.
   *
   * @param exitCode with which the run has to end
   */
  record InputFailed(long generation, String reason, ExitCode exitCode) implements MemberEvent {}

  /** The tensors of a checkpoint are stored. */
  record TensorsStored(
      CheckpointName name, List<Manifest.FileEntry> tensors, CheckpointSeconds took)
      implements MemberEvent {}

  /** The tensors of a checkpoint could not be stored. */
  record TensorsNotStored(CheckpointName name, String reason) implements MemberEvent {}
}
