package org.ijepa.trainer;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.failure.ExitCode;

/** What a member says to its coordinator. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = FromMember.Answer.class, name = "answer"),
  @JsonSubTypes.Type(value = FromMember.Refusal.class, name = "refusal"),
  @JsonSubTypes.Type(value = FromMember.Reduced.class, name = "reduced"),
  @JsonSubTypes.Type(value = FromMember.Broken.class, name = "broken"),
  @JsonSubTypes.Type(value = FromMember.NoInput.class, name = "no-input"),
  @JsonSubTypes.Type(value = FromMember.Stored.class, name = "stored"),
  @JsonSubTypes.Type(value = FromMember.NotStored.class, name = "not-stored")
})
public sealed interface FromMember {

  /** Who says it. */
  MemberId member();

  /**
   * Answer to {@link ToMember.Ask}.
   *
   * @param generation that was asked for
   * @param entered newest generation that the member completed its entry into, 0 for none
   * @param group names of the members of that generation
   * @param committed number of steps that it has committed: its next step
   * @param held facts of its next step, if it holds that step's reduced gradient
   * @param history facts of committed steps that may stand in no checkpoint yet, in order
   */
  record Answer(
      MemberId member,
      long generation,
      long entered,
      List<String> group,
      long committed,
      Optional<StepFacts> held,
      List<StepFacts> history)
      implements FromMember {}

  /** The member has promised a generation that is not below the one asked for. */
  record Refusal(MemberId member, long promised) implements FromMember {}

  /** The member holds the reduced gradient of a step; said again until the step is decided. */
  record Reduced(MemberId member, long generation, StepFacts facts) implements FromMember {}

  /**
   * The generation's collective failed, or the root could not load its state.
   *
   * @param damagedCheckpoint name of the checkpoint that could not be read, or empty
   * @param suspicion whom the member blames
   */
  record Broken(
      MemberId member,
      long generation,
      String reason,
      String damagedCheckpoint,
      Suspicion suspicion)
      implements FromMember {}

  /**
   * The member's input failed for good. Its state is that of the last commit: it can be asked, and
   * write a checkpoint.
   *
   * @param exitCode with which the run has to end
   */
  record NoInput(MemberId member, long generation, String reason, ExitCode exitCode)
      implements FromMember {}

  /**
   * The tensors of a checkpoint are stored; said again until it is answered with {@link
   * ToMember.Heard}.
   */
  record Stored(
      MemberId member,
      CheckpointName name,
      List<Manifest.FileEntry> tensors,
      CheckpointSeconds took)
      implements FromMember {}

  /** The tensors of a checkpoint could not be stored; said again as {@link Stored} is. */
  record NotStored(MemberId member, CheckpointName name, String reason) implements FromMember {}
}
