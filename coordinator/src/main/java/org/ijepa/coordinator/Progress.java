package org.ijepa.coordinator;

import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.trainer.ToMember.Then;

/** How far a run is, whether it is to stop, and whether a checkpoint is under way. */
final class Progress {
  private final StepPlanner planner;
  private long step;

  /** Most steps that were ever done. */
  private long furthest;

  /** The checkpoint that was begun last, as long as its end is waited for. */
  private Optional<CheckpointName> writing = Optional.empty();

  /** Ticks since it was begun. */
  private int writingTicks;

  private Optional<Stop> stop = Optional.empty();
  private Optional<Fail> failure = Optional.empty();

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

  /** The run goes on with a step. */
  void goesOnAt(long next) {
    step = next;
    if (stop.equals(Optional.of(Stop.COMPLETE)) && step < planner.totalSteps()) {
      // The end was reached, and lost again with all who knew it.
      stop = Optional.empty();
    }
    endIfComplete();
  }

  /** The step under way is done; whether none has come so far yet. */
  boolean advance() {
    step++;
    // Steps done again after a failure are no progress.
    boolean fresh = step > furthest;
    furthest = Math.max(furthest, step);
    endIfComplete();
    return fresh;
  }

  private void endIfComplete() {
    if (step >= planner.totalSteps()) {
      stopFor(Stop.COMPLETE);
    }
  }

  /** Name of the checkpoint that is written now, at the end; else empty. */
  String lastCheckpoint(long generation) {
    return stop.isPresent() ? begin(generation) : "";
  }

  /** Name of the checkpoint that is written now, where one is due; else empty. */
  String checkpoint(long generation) {
    boolean due = planner.checkpointDue(step) && !isWriting();
    return stop.isPresent() || due ? begin(generation) : "";
  }

  private String begin(long generation) {
    CheckpointName name = new CheckpointName(step, generation);
    writing = Optional.of(name);
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

  /** Whether a checkpoint is being written. */
  boolean isWriting() {
    return writing.isPresent();
  }

  /** Name of the checkpoint that is being written; else empty. */
  String writing() {
    return writing.map(CheckpointName::toString).orElse("");
  }

  /** Time passes; true once for a checkpoint that is being written for so many ticks. */
  boolean isSlow(int ticks) {
    return isWriting() && ++writingTicks == ticks;
  }

  /**
   * The writing of a checkpoint is over. The last one is begun even while the one before is being
   * written, whose end then says nothing of it.
   */
  void written(CheckpointName name) {
    writing = writing.filter(begun -> !begun.equals(name));
  }

  /** No checkpoint of this generation is under way, or its end is not waited for. */
  void writesNothing() {
    writing = Optional.empty();
  }
}
