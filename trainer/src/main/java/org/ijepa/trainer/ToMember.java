package org.ijepa.trainer;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;

/** What a coordinator says to a member. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ToMember.Ask.class, name = "ask"),
  @JsonSubTypes.Type(value = ToMember.Form.class, name = "form"),
  @JsonSubTypes.Type(value = ToMember.Commit.class, name = "commit"),
  @JsonSubTypes.Type(value = ToMember.Heard.class, name = "heard")
})
public sealed interface ToMember {

  /** Number of the generation that it is about; a member ignores what is below its promise. */
  long generation();

  /** Leave everything before this generation and say where you are. */
  record Ask(long generation) implements ToMember {}

  /**
   * The generation stands.
   *
   * @param members in order of rank
   * @param newcomers members that get all state by broadcast
   * @param root rank whose state is broadcast
   * @param nextStep step that is run first
   * @param settled plan of step {@code nextStep - 1}, for voters that hold but have not committed
   *     it
   * @param origin where the root's state comes from
   * @param load name of the checkpoint that the root loads, or empty
   * @param history facts of committed steps that may stand in no checkpoint yet, for newcomers
   * @param then whether steps follow
   * @param write name of the checkpoint that rank 0 writes at once, or empty
   */
  record Form(
      long generation,
      List<MemberId> members,
      List<MemberId> newcomers,
      int root,
      long nextStep,
      Optional<StepPlan> settled,
      Origin origin,
      String load,
      List<StepFacts> history,
      Then then,
      String write)
      implements ToMember {}

  /** Where the state of a generation begins. */
  enum Origin {
    /** A voter's memory. */
    MEMORY,
    /** A checkpoint, loaded by the root. */
    CHECKPOINT,
    /** The start values of the run's seed. */
    INITIAL
  }

  /**
   * Step {@code plan.step()} is decided.
   *
   * @param then what follows it
   * @param checkpoint name of the checkpoint that rank 0 writes after it, or empty
   * @param durable steps before this one stand in a complete checkpoint
   */
  record Commit(long generation, StepPlan plan, Then then, String checkpoint, long durable)
      implements ToMember {}

  /** What became of a checkpoint's tensors need not be said again. */
  record Heard(CheckpointName checkpoint) implements ToMember {
    @Override
    public long generation() {
      return checkpoint.generation();
    }
  }

  /** What follows a commit. */
  enum Then {
    /** The next step. */
    CONTINUE,
    /** Nothing, until asked. */
    PAUSE
  }
}
