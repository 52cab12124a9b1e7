package org.ijepa.coordinator;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.StepMetrics;

/** Passes on what is told of a run, and remembers the last of it for those who ask. */
final class RunMemory implements RunListener {
  private static final int MOST_EVENTS = 20;

  private final RunListener next;
  private final Clock clock;
  private final Deque<StatusAnswer.Event> events = new ArrayDeque<>();
  private double loss = Double.NaN;

  RunMemory(RunListener next, Clock clock) {
    this.next = next;
    this.clock = clock;
  }

  @Override
  public void planned(long steps) {
    next.planned(steps);
  }

  @Override
  public void committed(StepMetrics metrics) {
    loss = metrics.loss();
    next.committed(metrics);
  }

  @Override
  public void noted(String text) {
    remember(text);
    next.noted(text);
  }

  @Override
  public void happened(Happening what) {
    remember(what.text());
    next.happened(what);
  }

  @Override
  public void membersChanged(MembersChanged now) {
    // Who asks for the events is told the members beside them.
    next.membersChanged(now);
  }

  private void remember(String text) {
    if (events.size() == MOST_EVENTS) {
      events.removeFirst();
    }
    events.addLast(
        new StatusAnswer.Event(clock.instant().truncatedTo(ChronoUnit.MILLIS).toString(), text));
  }

  @Override
  public void joined() {
    next.joined();
  }

  @Override
  public void stored(CheckpointStored checkpoint) {
    next.stored(checkpoint);
  }

  @Override
  public void ended(RunOutcome outcome) {
    next.ended(outcome);
  }

  /** Loss of the last committed step; NaN before the first. */
  double loss() {
    return loss;
  }

  /** The newest last. */
  List<StatusAnswer.Event> events() {
    return List.copyOf(events);
  }
}
