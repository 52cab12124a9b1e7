package org.ijepa.coordinator;

import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.coordinator.SimulatedTally.Count;
import org.ijepa.trainer.MemberEvent;

/**
 * Both sides of the step protocol in a world that loses, delays, repeats and reorders messages,
 * crashes members and coordinators at every point, and lets stale coordinators act on. A seed is a
 * schedule. The model is a hash chain over steps, so that any divergence shows.
 */
final class ProtocolSimulation {
  private static final int FAULTY_EVENTS = 600;
  private static final int QUIET_EVENTS = 20_000;

  /** Events in which one ledger is damaged, on average. */
  private static final int DAMAGE = 30;

  /** Messages under way beyond which nobody speaks before some have come: no network holds more. */
  private static final int CONGESTED = 200;

  private final SimulatedWorld world;

  /** Events after which the nodes are told to stop, in some schedules. */
  private final OptionalInt drainAfter;

  /** Events after which some trainers can read no images any more, in some schedules. */
  private final OptionalInt starveAfter;

  /** Whether ledgers of checkpoints are damaged. */
  private final boolean damages;

  /** Whether workers hang. */
  private final boolean hangs;

  /** A fault of the protocol that the simulation must find, and what it may break. */
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
    LEAVES_NOBODY_OUT,
    /** Members answer whoever asks, and go on with the generation that they should have left. */
    BREAKS_PROMISE,
    /** Whoever cannot be reached is left out as if the cluster had removed it. */
    UNREACHABLE_IS_REMOVED,
    /** A step that only some voters hold is settled as committed. */
    ONE_HOLDER_SETTLES,
    /** A step is discarded if a member that died may not have held it. */
    THE_DEAD_COUNT,
    /** Members of older generations have a vote. */
    OLD_GENERATIONS_VOTE,
    /** The checkpoint that was written last counts, whatever generation wrote it. */
    STALE_CHECKPOINT_WINS,
    /** The ledger lives with the coordinator alone, and not in the checkpoints. */
    LEDGER_DIES_WITH_COORDINATOR,
    /** A question that was lost is not asked again. */
    NEVER_ASKS_AGAIN,
    /** What became of a checkpoint is said once, and may be lost. */
    STORED_IS_SAID_ONCE;

    /** What it may break first. */
    Set<Invariant> breaks() {
      return switch (this) {
        case NONE -> Set.of();
        case LOSES_HISTORY -> Set.of(Invariant.RUN_DOES_NOT_GIVE_UP);
        case NEEDS_NO_CONFIRMATION ->
            Set.of(
                Invariant.REMEMBERED_IS_KEPT,
                Invariant.STORED_IS_KEPT,
                Invariant.CHECKPOINTS_HOLD_THEIR_STEP);
        case WAITS_FOR_NOBODY -> Set.of(Invariant.REMEMBERED_IS_KEPT);
        case NEVER_PAUSES -> Set.of(Invariant.FEW_GENERATIONS);
        case LEAVES_NOBODY_OUT -> Set.of(Invariant.RUN_ENDS);
        // The last: it is told to update with a gradient that it had, and has thrown away since.
        case BREAKS_PROMISE ->
            Set.of(
                Invariant.RUN_DOES_NOT_GIVE_UP,
                Invariant.REMEMBERED_IS_KEPT,
                Invariant.NOTHING_THROWS);
        case UNREACHABLE_IS_REMOVED -> Set.of(Invariant.REMEMBERED_IS_KEPT);
        case ONE_HOLDER_SETTLES -> Set.of(Invariant.UPDATES_NEED_GRADIENTS);
        case THE_DEAD_COUNT -> Set.of(Invariant.RUN_DOES_NOT_GIVE_UP, Invariant.REMEMBERED_IS_KEPT);
        case OLD_GENERATIONS_VOTE -> Set.of(Invariant.RUN_DOES_NOT_GIVE_UP);
        case STALE_CHECKPOINT_WINS -> Set.of(Invariant.STORED_IS_KEPT, Invariant.REPLICAS_AGREE);
        case LEDGER_DIES_WITH_COORDINATOR -> Set.of(Invariant.LEDGER_HAS_EACH_STEP_ONCE);
        case NEVER_ASKS_AGAIN, STORED_IS_SAID_ONCE -> Set.of(Invariant.RUN_ENDS);
      };
    }
  }

  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Invariant invariant;

    Violation(Invariant invariant, String message) {
      super(message);
      this.invariant = invariant;
    }

    Invariant invariant() {
      return invariant;
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
    starveAfter =
        seed % 5 == 3 ? OptionalInt.of(world.random.nextInt(FAULTY_EVENTS)) : OptionalInt.empty();
    damages = seed % 7 == 4;
    hangs = seed % 6 == 4;
    world.waits = breakAfter.isPresent() && world.random.nextInt(3) == 0;
  }

  /** Runs the schedule to its end; throws a {@link Violation} with the last events otherwise. */
  SimulatedTally run() {
    world.tally.count(Count.SCHEDULES);
    int events = 0;
    try {
      world.nodes.forEach(SimulatedTrainer::start);
      world.bosses.add(new SimulatedCoordinator(world));
      for (; events < FAULTY_EVENTS && goesOn(); events++) {
        fault();
        damage();
        breakLink(events);
        starve(events);
        act();
        drain(events);
      }
      world.faulty = false;
      recover();
      int quiet = 0;
      while (goesOn()) {
        if (quiet++ > QUIET_EVENTS) {
          throw new Violation(Invariant.RUN_ENDS, "no end although faults stopped");
        }
        act();
        drain(events);
        events++;
      }
      checkEnd();
    } catch (Violation e) {
      throw traced(e.invariant(), e);
    } catch (RuntimeException e) {
      throw traced(Invariant.NOTHING_THROWS, e);
    }
    return world.tally;
  }

  /** With what happened before, and the invariant that it broke in the last line. */
  private Violation traced(Invariant invariant, RuntimeException e) {
    world.log("***", invariant + " is broken: " + e.getMessage());
    Violation traced = new Violation(invariant, world.trace());
    traced.initCause(e);
    return traced;
  }

  /** Whoever leads is told again and again, as nodes do. */
  private void drain(int events) {
    if (events >= drainAfter.orElse(Integer.MAX_VALUE) && world.random.nextInt(8) == 0) {
      world.tally.count(Count.STOPS_ASKED);
      world.leader().on(new CoordinatorEvent.Drain(Stop.INTERRUPTED));
    }
  }

  private void breakLink(int events) {
    if (events == breakAfter.orElse(-1)) {
      SimulatedTrainer one = world.pick(world.nodes);
      SimulatedTrainer other = world.pick(world.nodes.stream().filter(n -> n != one).toList());
      world.brokenLink = Set.of(one.name, other.name);
      world.tally.count(Count.LINKS_BROKEN);
      world.log("---", "no sum succeeds any more between " + world.brokenLink);
    }
  }

  private void starve(int events) {
    if (events == starveAfter.orElse(-1)) {
      world.unfed =
          world.nodes.stream()
              .map(node -> node.name)
              .filter(name -> world.random.nextBoolean())
              .collect(Collectors.toSet());
      world.tally.count(Count.INPUTS_FAILED);
      world.log("---", "no images any more for " + world.unfed);
    }
  }

  private boolean goesOn() {
    return world.finished.isEmpty() && !world.gaveUp;
  }

  private void damage() {
    if (damages && world.random.nextInt(DAMAGE) == 0) {
      world.damageLedger();
    }
  }

  private void checkEnd() {
    if (world.gaveUp) {
      return;
    }
    Stop why = world.finished.orElseThrow().why();
    boolean drained =
        (why == Stop.INTERRUPTED && drainAfter.isPresent())
            || (why == Stop.FAILED && !world.unfed.isEmpty())
            || (why == Stop.NO_SUM && !world.brokenLink.isEmpty());
    if (world.finished.get().why() != Stop.COMPLETE && !drained) {
      throw new Violation(Invariant.RUN_ENDS, "it ended otherwise: " + world.finished.get());
    }
    SimulatedCoordinator boss = world.leader();
    long steps = drained ? boss.protocol.step() : SimulatedPlan.STEPS;
    boss.checkRemembered(steps);
    if (!world.finished.get().saved() || (steps == 0 && world.checkpoints.isEmpty())) {
      return;
    }
    if (why == Stop.FAILED) {
      world.tally.count(Count.SAVED_WITHOUT_INPUT);
    }
    SimulatedWorld.Stored last = world.checkpoints.lastEntry().getValue();
    // One of a coordinator before may have become complete after the last one looked.
    long saved = world.checkpoints.lastKey().step();
    if ((drained ? saved < steps : saved != steps) || last.model() != SimulatedWorld.chain(saved)) {
      throw new Violation(
          Invariant.CHECKPOINTS_HOLD_THEIR_STEP,
          "the last checkpoint is " + world.checkpoints.lastKey() + " of " + steps);
    }
    if (last.ledger().size() != saved) {
      throw new Violation(
          Invariant.CHECKPOINTS_HOLD_THEIR_STEP, "the ledger has steps " + last.ledger());
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
          world.tally.count(Count.MEMBERS_STARTED_AGAIN);
          node.start();
        }
      }
    } else if (kind == 2 && world.random.nextInt(4) == 0) {
      // Sometimes the old one lives on, unaware.
      if (world.random.nextBoolean()) {
        world.tally.count(Count.COORDINATORS_DIED);
        world.log("---", "the coordinator dies");
        world.bosses.remove(world.bosses.size() - 1);
      } else {
        world.tally.count(Count.COORDINATORS_REPLACED_AND_ALIVE);
        world.log("---", "the coordinator is replaced, and lives on");
      }
      if (world.bosses.size() > 2) {
        world.bosses.remove(0);
      }
      world.bosses.add(new SimulatedCoordinator(world));
    } else if (kind == 3) {
      SimulatedTrainer node = world.pick(world.nodes);
      world.tally.count(Count.MEMBERS_UNREACHABLE);
      world.log("---", node.name + " cannot be reached");
      world.bosses.forEach(boss -> boss.on(new CoordinatorEvent.MemberUnreachable(node.name)));
    } else if (kind == 4 && !world.network.isEmpty()) {
      world.tally.count(Count.MESSAGES_LOST);
      world.network.remove(world.random.nextInt(world.network.size()));
    } else if (kind == 5 && world.bosses.size() > 1) {
      cutOff(world.pick(world.nodes));
    } else if (kind == 6) {
      world.wake();
    } else if (kind == 7 && hangs) {
      SimulatedTrainer node = world.pick(world.nodes);
      if (node.protocol != null) {
        node.hang();
      }
    } else if (kind == 8 || kind == 9) {
      // That is noticed, and its process ends.
      world.nodes.stream()
          .filter(node -> node.hangs && node.protocol != null)
          .findFirst()
          .ifPresent(node -> node.crash(true));
    }
  }

  /** One that was replaced takes everybody else for removed, and is left alone with one node. */
  private void cutOff(SimulatedTrainer node) {
    world.tally.count(Count.NODES_CUT_OFF);
    world.log("---", node.name + " is cut off with the first coordinator");
    node.cut = true;
    for (SimulatedTrainer other : world.nodes) {
      if (other != node) {
        world.bosses.get(0).on(new CoordinatorEvent.MemberRemoved(other.name));
      }
    }
    world.leader().on(new CoordinatorEvent.MemberRemoved(node.name));
  }

  private void recover() {
    world.log("---", "faults stop");
    world.wake();
    // A node that was removed stops its process, as one does whose worker hangs.
    world.nodes.stream()
        .filter(node -> (node.cut || node.hangs) && node.protocol != null)
        .forEach(n -> n.crash(n.hangs));
    world.nodes.stream().filter(node -> node.protocol == null).forEach(SimulatedTrainer::start);
    while (world.bosses.size() > 1) {
      world.bosses.remove(0);
    }
  }

  private void act() {
    world.next();
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
    if (index > 0) {
      world.tally.count(Count.MESSAGES_OVERTAKEN);
    }
    if (repeat) {
      world.tally.count(Count.MESSAGES_REPEATED);
    } else {
      world.network.remove(index);
    }
    if (lose) {
      world.tally.count(Count.MESSAGES_LOST);
    } else {
      message.run();
    }
  }
}
