package org.ijepa.coordinator;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.ijepa.run.Happening;
import org.ijepa.run.StepMetrics;

/**
 * Passes on what is told of a run, and remembers the last of it for those who ask; not the members,
 * of whom these are told beside it.
 */
final class RunMemory extends PassingListener {
  private static final int MOST_EVENTS = 20;

  private final Clock clock;
  private final Deque<StatusAnswer.Event> events = new ArrayDeque<>();
  private double loss = Double.NaN;

  RunMemory(RunListener next, Clock clock) {
    super(next);
    this.clock = clock;
  }

  @Override
  public void committed(StepMetrics metrics) {
    loss = metrics.loss();
    super.committed(metrics);
  }

  @Override
  public void noted(String text) {
    remember(text);
    super.noted(text);
  }

  @Override
  public void happened(Happening what) {
    remember(what.text());
    super.happened(what);
  }

  private void remember(String text) {
    if (events.size() == MOST_EVENTS) {
      events.removeFirst();
    }
    events.addLast(
        new StatusAnswer.Event(clock.instant().truncatedTo(ChronoUnit.MILLIS).toString(), text));
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
