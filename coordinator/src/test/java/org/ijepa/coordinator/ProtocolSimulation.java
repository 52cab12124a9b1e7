package org.ijepa.coordinator;

import java.util.OptionalInt;
import java.util.Set;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.trainer.MemberEvent;

/**
 * Both sides of the step protocol in a world that loses, delays, repeats and reorders messages,
 * crashes members and coordinators at every point, and lets stale coordinators act on. A seed is a
 * schedule. The model is a hash chain over steps, so that any divergence shows.
 */
final class ProtocolSimulation {
  private static final int FAULTY_EVENTS = 600;
  private static final int QUIET_EVENTS = 20_000;

  /** Messages under way beyond which nobody speaks before some have come: no network holds more. */
  private static final int CONGESTED = 200;

  private final SimulatedWorld world;

  /** Events after which the nodes are told to stop, in some schedules. */
  private final OptionalInt drainAfter;

  /** A fault of the protocol that the simulation must find. */
  enum Planted {
    NONE,
    /** Members do not hand out what was committed since the last checkpoint. */
    LOSES_HISTORY,
    /** A claimed number counts although another coordinator leads. */
    NEEDS_NO_CONFIRMATION,
    /** A new coordinator does not wait for the trainers of nodes that it found. */
    WAITS_FOR_NOBODY,
    /** A coordinator forms generations as fast as their sums fail. */
    NEVER_PAUSES,
    /** A coordinator tries for ever what fails for ever. */
    LEAVES_NOBODY_OUT
  }

  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String message) {
      super(message);
    }
  }

  /** Events after which sums between two trainers fail for good, in some schedules. */
  private final OptionalInt breakAfter;

  ProtocolSimulation(long seed, Planted planted) {
    world = new SimulatedWorld(seed, planted);
    int count = 1 + world.random.nextInt(4);
    for (int i = 0; i < count; i++) {
      world.nodes.add(new SimulatedTrainer("trainer-" + i, world));
    }
    drainAfter =
        seed % 4 == 1 ? OptionalInt.of(world.random.nextInt(FAULTY_EVENTS)) : OptionalInt.empty();
    breakAfter =
        seed % 3 == 2 && count > 1
            ? OptionalInt.of(Math.max(0, world.random.nextInt(-FAULTY_EVENTS, FAULTY_EVENTS)))
            : OptionalInt.empty();
    world.waits = breakAfter.isPresent() && world.random.nextInt(3) == 0;
  }

  /** Runs the schedule to its end; throws a {@link Violation} with the last events otherwise. */
  int run() {
    int events = 0;
    try {
      world.nodes.forEach(SimulatedTrainer::start);
      world.bosses.add(new SimulatedCoordinator(world));
      for (; events < FAULTY_EVENTS && world.finished.isEmpty(); events++) {
        fault();
        breakLink(events);
        act();
        drain(events);
      }
      world.faulty = false;
      recover();
      int quiet = 0;
      while (world.finished.isEmpty()) {
        if (quiet++ > QUIET_EVENTS) {
          throw new Violation("no end although faults stopped");
        }
        act();
        drain(events);
        events++;
      }
      checkEnd();
    } catch (Violation | Settlement.Contradiction e) {
      throw new Violation(e.getMessage() + "\n" + world.trace());
    }
    return events;
  }

  /** Whoever leads is told again and again, as nodes do. */
  private void drain(int events) {
    if (events >= drainAfter.orElse(Integer.MAX_VALUE) && world.random.nextInt(8) == 0) {
      world.leader().on(new CoordinatorEvent.Drain(Stop.INTERRUPTED));
    }
  }

  private void breakLink(int events) {
    if (events == breakAfter.orElse(-1)) {
      SimulatedTrainer one = world.pick(world.nodes);
      SimulatedTrainer other = world.pick(world.nodes.stream().filter(n -> n != one).toList());
      world.brokenLink = Set.of(one.name, other.name);
      world.log("--- no sum succeeds any more between " + world.brokenLink);
    }
  }

  private void checkEnd() {
    Stop why = world.finished.orElseThrow().why();
    boolean drained =
        (why == Stop.INTERRUPTED && drainAfter.isPresent())
            || (why == Stop.NO_SUM && !world.brokenLink.isEmpty());
    if (world.finished.get().why() != Stop.COMPLETE && !drained) {
      throw new Violation("world.finished as " + world.finished.get());
    }
    SimulatedCoordinator boss = world.leader();
    long steps = drained ? boss.protocol.step() : SimulatedPlan.STEPS;
    boss.checkRemembered(steps, "end");
    if (!world.finished.get().saved() || (steps == 0 && world.checkpoints.isEmpty())) {
      return;
    }
    SimulatedWorld.Stored last = world.checkpoints.lastEntry().getValue();
    // One of a coordinator before may have become complete after the last one looked.
    long saved = world.checkpoints.lastKey().step();
    if ((drained ? saved < steps : saved != steps) || last.model() != SimulatedWorld.chain(saved)) {
      throw new Violation("the last checkpoint is " + world.checkpoints.lastKey() + " of " + steps);
    }
    if (last.ledger().size() != saved) {
      throw new Violation("the ledger has steps " + last.ledger());
    }
  }

  private void fault() {
    int kind = world.random.nextInt(120);
    if (kind == 0) {
      SimulatedTrainer node = world.pick(world.nodes);
      if (node.protocol != null) {
        node.crash(world.random.nextBoolean());
      }
    } else if (kind == 1) {
      for (SimulatedTrainer node : world.nodes) {
        if (node.protocol == null && world.random.nextBoolean()) {
          node.start();
        }
      }
    } else if (kind == 2 && world.random.nextInt(4) == 0) {
      // Sometimes the old one lives on, unaware.
      if (world.random.nextBoolean()) {
        world.log("coordinator dies");
        world.bosses.remove(world.bosses.size() - 1);
      } else {
        world.log("coordinator is replaced, and lives on");
      }
      if (world.bosses.size() > 2) {
        world.bosses.remove(0);
      }
      world.bosses.add(new SimulatedCoordinator(world));
    } else if (kind == 3) {
      SimulatedTrainer node = world.pick(world.nodes);
      world.bosses.forEach(boss -> boss.on(new CoordinatorEvent.MemberUnreachable(node.name)));
    } else if (kind == 4 && !world.network.isEmpty()) {
      world.network.remove(world.random.nextInt(world.network.size()));
    } else if (kind == 5 && world.bosses.size() > 1) {
      cutOff(world.pick(world.nodes));
    }
  }

  /** One that was replaced takes everybody else for removed, and is left alone with one node. */
  private void cutOff(SimulatedTrainer node) {
    world.log(node.id + " is cut off with the first coordinator");
    node.cut = true;
    for (SimulatedTrainer other : world.nodes) {
      if (other != node) {
        world.bosses.get(0).on(new CoordinatorEvent.MemberRemoved(other.name));
      }
    }
    world.leader().on(new CoordinatorEvent.MemberRemoved(node.name));
  }

  private void recover() {
    world.log("--- faults stop");
    // A node that was removed stops its process.
    world.nodes.stream()
        .filter(node -> node.cut && node.protocol != null)
        .forEach(n -> n.crash(false));
    world.nodes.stream().filter(node -> node.protocol == null).forEach(SimulatedTrainer::start);
    while (world.bosses.size() > 1) {
      world.bosses.remove(0);
    }
  }

  private void act() {
    int kind = world.random.nextInt(10);
    if (!world.local.isEmpty() && world.random.nextInt(4) == 0) {
      world.local.remove(world.random.nextInt(world.local.size())).run();
    } else if ((kind < 5 && !world.network.isEmpty()) || world.network.size() > CONGESTED) {
      deliver();
    } else if (kind < 8) {
      world.pick(world.nodes).work();
    } else if (kind == 8) {
      SimulatedTrainer node = world.pick(world.nodes);
      if (node.protocol != null) {
        node.on(new MemberEvent.Tick());
        world.bosses.forEach(boss -> world.send(() -> boss.registered(node)));
      }
    } else if (!world.bosses.isEmpty()) {
      world.pick(world.bosses).on(new CoordinatorEvent.Tick());
    }
  }

  private void deliver() {
    int index = world.random.nextInt(world.network.size());
    Runnable message = world.network.get(index);
    boolean repeat = world.faulty && world.random.nextInt(12) == 0;
    boolean lose = world.faulty && world.random.nextInt(12) == 0;
    if (!repeat) {
      world.network.remove(index);
    }
    if (!lose) {
      message.run();
    }
  }
}
