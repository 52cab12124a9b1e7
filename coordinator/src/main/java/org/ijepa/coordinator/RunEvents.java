package org.ijepa.coordinator;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.ijepa.failure.FileReason;
import org.ijepa.run.EventLog;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.Happening.Noted;
import org.ijepa.run.RunEvent;
import org.ijepa.run.StepMetrics;

/**
 * Passes on what it hears, and writes it into {@code events.jsonl} of the folder that this node
 * leads. What is heard before that waits, as notes of the preparation do. Safe for use by several
 * threads.
 */
public final class RunEvents extends PassingListener {
  /** A node that never leads holds no more than that. */
  private static final int MOST_WAITING = 200;

  private final Clock clock;
  private final Deque<RunEvent> waiting = new ArrayDeque<>();
  private Optional<EventLog> log = Optional.empty();
  private long committed;
  private long totalSteps;
  private boolean failing;

  /** Events that were given up while the file could not be written. */
  private int lost;

  /** Events that {@code next} hears as well. */
  public RunEvents(RunListener next, Clock clock) {
    super(next);
    this.clock = clock;
  }

  /** From now on this node writes, until that log is closed. */
  public synchronized void led(EventLog its, String text) throws IOException {
    log = Optional.of(its);
    add(new Led(text));
    flush();
  }

  @Override
  public void planned(long steps) {
    super.planned(steps);
    synchronized (this) {
      totalSteps = steps;
    }
  }

  @Override
  public void committed(StepMetrics metrics) {
    super.committed(metrics);
    synchronized (this) {
      committed = metrics.step() + 1;
    }
    writeWaiting();
  }

  @Override
  public void noted(String text) {
    super.noted(text);
    write(new Noted(text));
  }

  @Override
  public void happened(Happening what) {
    super.happened(what);
    write(what);
  }

  @Override
  public void membersChanged(MembersChanged now) {
    super.membersChanged(now);
    write(now);
  }

  @Override
  public void stored(CheckpointStored checkpoint) {
    super.stored(checkpoint);
    write(checkpoint);
  }

  @Override
  public void ended(RunOutcome outcome) {
    super.ended(outcome);
    synchronized (this) {
      committed = Math.max(committed, outcome.step());
    }
    write(new Ended(outcome.text()));
  }

  private void write(Happening what) {
    synchronized (this) {
      add(what);
    }
    writeWaiting();
  }

  /** Nothing depends on the file: what it cannot take waits for the next attempt. */
  private void writeWaiting() {
    tryToFlush().ifPresent(super::noted);
  }

  /** A line for people where this is the first attempt that fails. */
  private synchronized Optional<String> tryToFlush() {
    try {
      flush();
      failing = false;
      return Optional.empty();
    } catch (IOException e) {
      if (failing) {
        return Optional.empty();
      }
      failing = true;
      String warning =
          "warning: events.jsonl cannot be written ("
              + FileReason.of(e)
              + "); training goes on, and what is missing is written once that can be done";
      add(new Noted(warning));
      return Optional.of(warning);
    }
  }

  private void add(Happening what) {
    waiting.add(new RunEvent(clock.instant(), what, committed, totalSteps));
    if (waiting.size() > MOST_WAITING) {
      waiting.remove();
      lost += log.isPresent() ? 1 : 0;
    }
  }

  private void flush() throws IOException {
    while (log.isPresent() && !waiting.isEmpty() && log.get().append(waiting.element())) {
      waiting.remove();
    }
    if (lost > 0) {
      String text = "warning: " + lost + " events before are lost, which could not be written";
      lost = 0;
      add(new Noted(text));
      flush();
    }
  }
}
