package org.ijepa.coordinator;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Then;

/** How far a run is, whether it is to stop, and whether a checkpoint is under way. */
final class Progress {
  private final StepPlanner planner;
  private long step;

  /** Most steps that were ever done. */
  private long furthest;

  /** Whether a checkpoint is to be begun as soon as none is being written. */
  private boolean due;

  /** The checkpoint that was begun last in this generation, as long as its end is waited for. */
  private Optional<Writing> writing = Optional.empty();

  /** One that was begun in a generation before, and whose writer is still there. */
  private Optional<Writing> before = Optional.empty();

  /** Ticks since it was begun. */
  private int writingTicks;

  private Optional<Stop> stop = Optional.empty();
  private Optional<Fail> failure = Optional.empty();

  /** A checkpoint that a member writes. */
  record Writing(CheckpointName name, MemberId writer) {}

  Progress(StepPlanner planner) {
    this.planner = planner;
  }

  /** Next step to be decided. */
  long step() {
    return step;
  }

  /** Why the run ends once everything committed is saved. */
  Optional<Stop> stop() {
    return stop;
  }

  /** What members do after the next word to them, should nobody join. */
  Then then() {
    return stop.isPresent() ? Then.PAUSE : Then.CONTINUE;
  }

  /** The run is to stop; the first reason counts. */
  void stopFor(Stop why) {
    stop = Optional.of(stop.orElse(why));
  }

  /** The run is to stop, as a trainer cannot go on; the first reason counts. */
  void stopFor(Fail why) {
    if (stop.isEmpty()) {
      failure = Optional.of(why);
      stopFor(Stop.FAILED);
    }
  }

  /** Why no trainer can go on, if that is why the run stops. */
  Optional<Fail> failure() {
    return failure;
  }

  /** Nothing is done, but for what is stored. */
  void standsAt(long its) {
    step = its;
  }

  /**
   * The run goes on with a step.
   *
   * @param durable steps that stand in a complete checkpoint
   */
  void goesOnAt(long next, long durable) {
    step = next;
    due = isDue(durable);
    if (stop.equals(Optional.of(Stop.COMPLETE)) && step < planner.totalSteps()) {
      // The end was reached, and lost again with all who knew it.
      stop = Optional.empty();
    }
    endIfComplete();
  }

  /** The step under way is done; whether none has come so far yet. */
  boolean advance() {
    step++;
    due |= planner.checkpointDue(step);
    // Steps done again after a failure are no progress.
    boolean fresh = step > furthest;
    furthest = Math.max(furthest, step);
    endIfComplete();
    return fresh;
  }

  /** Whether a checkpoint was due at one of the steps since these. */
  private boolean isDue(long durable) {
    return LongStream.rangeClosed(durable + 1, step).anyMatch(planner::checkpointDue);
  }

  private void endIfComplete() {
    if (step >= planner.totalSteps()) {
      stopFor(Stop.COMPLETE);
    }
  }

  /** A checkpoint is wanted now; false if one is due or being written. */
  boolean wantCheckpoint() {
    boolean is = due || writing().isPresent();
    due |= !is;
    return !is;
  }

  /** Name of the checkpoint that is written now, at the end; else empty. */
  String lastCheckpoint(long generation, MemberId writer) {
    return stop.isPresent() ? begin(generation, writer) : "";
  }

  /**
   * Name of the checkpoint that is written now; else empty. One is written where it is due, or as
   * soon as can be where that was missed: the one before was still being written, or no commit told
   * of the step.
   */
  String checkpoint(long generation, MemberId writer) {
    boolean now = due && writing().isEmpty();
    return stop.isPresent() || now ? begin(generation, writer) : "";
  }

  private String begin(long generation, MemberId writer) {
    CheckpointName name = new CheckpointName(step, generation);
    due = false;
    writing = Optional.of(new Writing(name, writer));
    writingTicks = 0;
    return name.toString();
  }

  /**
   * The run is over.
   *
   * @param durable steps that stand in a complete checkpoint
   */
  Finished finished(long durable) {
    return new Finished(stop.orElseThrow(), durable >= step);
  }

  /** Whether a checkpoint of this generation is being written. */
  boolean isWriting() {
    return writing.isPresent();
  }

  /** The checkpoint that is being written, of whatever generation. */
  Optional<Writing> writing() {
    return writing.or(() -> before);
  }

  /** Time passes; true once for a checkpoint that is being written for so many ticks. */
  boolean isSlow(int ticks) {
    return writing().isPresent() && ++writingTicks == ticks;
  }

  /**
   * The writing of a checkpoint is over. The last one is begun even while the one before is being
   * written, whose end then says nothing of it.
   *
   * @param durable steps that stand in a complete checkpoint
   */
  void written(CheckpointName name, long durable) {
    writing = writing.filter(begun -> !begun.name().equals(name));
    if (before.isPresent() && before.get().name().equals(name)) {
      before = Optional.empty();
      due = isDue(durable);
    }
  }

  /** The generation is left: no checkpoint of the next one is under way yet. */
  void generationLeft() {
    before = writing();
    writing = Optional.empty();
  }

  /** A generation is formed: what others were writing comes to no end. */
  void generationFormed(List<MemberId> members) {
    before = before.filter(begun -> members.contains(begun.writer()));
  }
}
