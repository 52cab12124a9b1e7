package org.ijepa.plan;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.IntFunction;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.settings.MachineSettings;

/**
 * A whole run: steps, checkpoints, failures of nodes, outages, and what follows from them, by a
 * calendar of events.
 *
 * <p>Steps between two events are taken together: their time is the sum of so many of the steps
 * that {@link StepSimulation} found. The times at which nodes fail do not depend on the course of
 * the run, so that two runs of one key that differ in their checkpoints meet the same failures.
 */
final class RunSimulation {
  /**
   * How a run went.
   *
   * @param seconds from start to end
   * @param failures of nodes
   * @param outages of everything
   * @param lostSteps that were computed again from a checkpoint
   * @param idleSeconds in which nobody trained, copies for checkpoints aside
   * @param copySeconds in which training stood still for a checkpoint's copy
   * @param isFinished whether it came to its end within a hundred times its undisturbed length
   */
  record Outcome(
      double seconds,
      long failures,
      long outages,
      double lostSteps,
      double idleSeconds,
      double copySeconds,
      boolean isFinished) {}

  private enum Kind {
    FAILURE,
    RETURN,
    OUTAGE
  }

  private record Event(double time, Kind kind, int node) {}

  /** A run that fails again before each checkpoint has no end. */
  private static final double HOPELESS = 100;

  private final Workload work;
  private final MachineSettings.Failures failures;
  private final IntFunction<StepProfile> profiles;
  private final Costs costs;
  private final KeyedRandom[] random;
  private final KeyedRandom outageRandom;
  private final KeyedRandom stepRandom;
  private final PriorityQueue<Event> calendar =
      new PriorityQueue<>(
          Comparator.comparingDouble(Event::time)
              .thenComparing(Event::kind)
              .thenComparingInt(Event::node));

  /** Nodes that are away, with the time at which they are back. */
  private final Map<Integer, Double> away = new HashMap<>();

  private double now;
  private double resumesAt;
  private long step;
  private boolean copyDue;
  private long saved;
  private long beingSaved;
  private double savedAt = Double.NEGATIVE_INFINITY;

  private long failureCount;
  private long outageCount;
  private double lostSteps;
  private double idle;
  private double copying;

  /**
   * A run.
   *
   * @param profiles steps with so many nodes
   * @param key of all that is random in it
   */
  RunSimulation(
      Workload work,
      MachineSettings machine,
      int nodes,
      IntFunction<StepProfile> profiles,
      RandomKey key) {
    this.work = work;
    this.failures = machine.failures();
    this.profiles = profiles;
    this.costs = new Costs(work, machine);
    this.random = new KeyedRandom[nodes];
    for (int node = 0; node < nodes; node++) {
      random[node] = key.with(node).stream();
      scheduleFailure(node, 0);
    }
    this.outageRandom = key.with(-1).stream();
    this.stepRandom = key.with(-2).stream();
    scheduleOutage(0);
  }

  Outcome run() {
    double limit = HOPELESS * work.steps() * profiles.apply(random.length).mean();
    while ((step < work.steps() || copyDue) && now < limit) {
      if (now < resumesAt) {
        idle += passUntil(resumesAt);
      } else if (copyDue) {
        copy();
      } else {
        compute();
      }
    }
    // The last checkpoint is waited for.
    now = Math.max(now, savedAt);
    return new Outcome(
        now, failureCount, outageCount, lostSteps, idle, copying, step >= work.steps());
  }

  /** Time passes up to a moment or the next event, which happens; returns how much. */
  private double passUntil(double moment) {
    double before = now;
    Event event = calendar.peek();
    if (event != null && event.time() < moment) {
      calendar.poll();
      now = Math.max(now, event.time());
      happen(event);
    } else {
      now = moment;
    }
    return now - before;
  }

  private void compute() {
    StepProfile profile = profiles.apply(random.length - away.size());
    long target =
        Math.min(work.steps(), (step / work.checkpointEvery() + 1) * work.checkpointEvery());
    long count = target - step;
    double noise = profile.deviation() == 0 ? 0 : stepRandom.nextGaussian();
    double seconds =
        Math.max(
            count * profile.mean() / 2,
            count * profile.mean() + Math.sqrt((double) count) * profile.deviation() * noise);
    Event event = calendar.peek();
    if (event != null && event.time() < now + seconds) {
      double passed = Math.max(0, event.time() - now);
      // The step at hand is lost where a node dies; a return is waited for until the step's end.
      double done = count * passed / seconds;
      step += (long) done;
      calendar.poll();
      now = Math.max(now, event.time());
      happen(event);
    } else {
      now += seconds;
      step = target;
      copyDue = true;
    }
  }

  /** A checkpoint's copy, once the one before is written. */
  private void copy() {
    double until = Math.max(now, savedAt) + costs.copy();
    double before = now;
    Event event = calendar.peek();
    if (event != null && event.time() < until) {
      passUntil(until);
      copying += now - before;
      return;
    }
    copying += until - before;
    settle(until);
    now = until;
    beingSaved = step;
    savedAt = until + costs.write();
    copyDue = false;
  }

  /** A checkpoint counts once all of it is written. */
  private void settle(double time) {
    if (savedAt <= time) {
      saved = Math.max(saved, beingSaved);
    }
  }

  private void happen(Event event) {
    switch (event.kind()) {
      case FAILURE -> {
        scheduleFailure(event.node(), event.time());
        if (!away.containsKey(event.node())) {
          failureCount++;
          lose(event);
        }
      }
      case RETURN -> {
        if (away.getOrDefault(event.node(), Double.NaN) == event.time()) {
          away.remove(event.node());
          resumesAt = Math.max(resumesAt, now + costs.join());
        }
      }
      case OUTAGE -> {
        outageCount++;
        scheduleOutage(event.time());
        startAgain();
      }
    }
  }

  private void lose(Event event) {
    boolean lastOne = away.size() + 1 == random.length;
    if (lastOne || !failures.survivorsGoOn()) {
      startAgain();
      return;
    }
    double back = event.time() + seconds(failures.replacement());
    away.put(event.node(), back);
    calendar.add(new Event(back, Kind.RETURN, event.node()));
    resumesAt = Math.max(resumesAt, now + seconds(failures.regroup()));
    if (work.waitsForLost()) {
      resumesAt = Math.max(resumesAt, back);
    }
  }

  /** Everybody goes back to the last whole checkpoint. */
  private void startAgain() {
    settle(now);
    lostSteps += step - saved;
    step = saved;
    copyDue = false;
    savedAt = Double.NEGATIVE_INFINITY;
    away.clear();
    resumesAt = now + seconds(failures.restart());
  }

  private void scheduleFailure(int node, double from) {
    double time = from + exponential(random[node], seconds(failures.nodeMtbf()));
    calendar.add(new Event(time, Kind.FAILURE, node));
  }

  private void scheduleOutage(double from) {
    double time = from + exponential(outageRandom, seconds(failures.outageMtbf()));
    calendar.add(new Event(time, Kind.OUTAGE, -1));
  }

  private static double exponential(KeyedRandom random, double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
