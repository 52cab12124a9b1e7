package org.ijepa.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.ijepa.run.EventLog;
import org.ijepa.run.Happening;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.Ended;
import org.ijepa.run.Happening.Led;
import org.ijepa.run.Happening.MembersChanged;
import org.ijepa.run.Happening.Noted;
import org.ijepa.run.RunEvent;
import org.ijepa.run.StepMetrics;
import org.ijepa.source.IndexProgress;
import org.ijepa.source.Samples;

/**
 * Passes on what it hears, and writes it into {@code events.jsonl} of the folder that this node
 * leads. What is heard before that waits, as notes of the preparation do. Safe for use by several
 * threads.
 */
public final class RunEvents implements RunListener {
  /** A node that never leads holds no more than that. */
  private static final int MOST_WAITING = 200;

  private final RunListener next;
  private final Clock clock;
  private final Deque<RunEvent> waiting = new ArrayDeque<>();
  private Optional<EventLog> log = Optional.empty();
  private long committed;
  private long totalSteps;

  /** Events that {@code next} hears as well. */
  public RunEvents(RunListener next, Clock clock) {
    this.next = next;
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
    next.planned(steps);
    synchronized (this) {
      totalSteps = steps;
    }
  }

  @Override
  public IndexProgress indexing(String uri) {
    return next.indexing(uri);
  }

  @Override
  public void opened(Samples samples) {
    next.opened(samples);
  }

  @Override
  public void named(String node) {
    next.named(node);
  }

  @Override
  public void reduced(long generation, long step) {
    next.reduced(generation, step);
  }

  @Override
  public void joined() {
    next.joined();
  }

  @Override
  public void committed(StepMetrics metrics) {
    next.committed(metrics);
    synchronized (this) {
      committed = metrics.step() + 1;
      if (!waiting.isEmpty()) {
        // On the coordinator's thread, which ends the run where a file cannot be written.
        try {
          flush();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  @Override
  public void noted(String text) {
    next.noted(text);
    write(new Noted(text));
  }

  @Override
  public void happened(Happening what) {
    next.happened(what);
    write(what);
  }

  @Override
  public void membersChanged(MembersChanged now) {
    next.membersChanged(now);
    write(now);
  }

  @Override
  public void stored(CheckpointStored checkpoint) {
    next.stored(checkpoint);
    write(checkpoint);
  }

  @Override
  public void ended(RunOutcome outcome) {
    next.ended(outcome);
    synchronized (this) {
      committed = Math.max(committed, outcome.step());
    }
    write(new Ended(outcome.text()));
  }

  private synchronized void write(Happening what) {
    add(what);
    try {
      flush();
    } catch (IOException e) {
      // Any thread may be here; it waits for the next commit, which fails loudly.
      return;
    }
  }

  private void add(Happening what) {
    waiting.add(new RunEvent(clock.instant(), what, committed, totalSteps));
    if (waiting.size() > MOST_WAITING) {
      waiting.remove();
    }
  }

  private void flush() throws IOException {
    while (log.isPresent() && !waiting.isEmpty() && log.get().append(waiting.element())) {
      waiting.remove();
    }
  }
}
