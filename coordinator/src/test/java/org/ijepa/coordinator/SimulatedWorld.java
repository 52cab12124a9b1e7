package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.ProtocolSimulation.Planted;
import org.ijepa.coordinator.ProtocolSimulation.Violation;
import org.ijepa.coordinator.SimulatedTally.Count;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.StepFacts;

/**
 * What the actors of a simulated run share: the network, the store, their collectives, and chance.
 * The model is a hash chain over steps, so that any divergence shows.
 */
final class SimulatedWorld {
  final SplittableRandom random;
  final Planted planted;
  final List<SimulatedTrainer> nodes = new ArrayList<>();

  /** The last one leads. */
  final List<SimulatedCoordinator> bosses = new ArrayList<>();

  final List<Runnable> network = new ArrayList<>();

  /** What happens within a node or at the store: late, but neither lost nor repeated. */
  final List<Runnable> local = new ArrayList<>();

  /** What of a checkpoint is stored before it is complete. */
  private final Map<CheckpointName, Long> tensors = new HashMap<>();

  /** What writes to the store, and sleeps. */
  private final List<Runnable> asleep = new ArrayList<>();

  final Map<Call, Exchange> exchanges = new HashMap<>();

  /** What was summed, whoever holds it. */
  final Map<Call, StepFacts> held = new HashMap<>();

  final TreeSet<Long> claimed = new TreeSet<>();

  /** Generations that were formed by the coordinator that led. */
  final TreeSet<Long> led = new TreeSet<>();

  final TreeMap<CheckpointName, Stored> checkpoints = new TreeMap<>();

  /** Checkpoints whose ledgers cannot be read, as nobody knows yet. */
  private final Set<CheckpointName> damaged = new HashSet<>();

  /** Checkpoints that were set aside: what only they had, or led to, is lost. */
  final Set<CheckpointName> setAside = new TreeSet<>();

  /** Whether the run ended as every checkpoint is damaged. */
  boolean gaveUp;

  /** The checkpoint that became complete last. */
  private Optional<CheckpointName> lastStored = Optional.empty();

  /** Names of two trainers between which no sum succeeds; empty: there is no such link. */
  Set<String> brokenLink = Set.of();

  /** Names of trainers that can read no images any more. */
  Set<String> unfed = Set.of();

  /** Whether the run waits for the same members rather than leave one out. */
  boolean waits;

  boolean faulty = true;
  long incarnations;
  int coordinators;
  Optional<CoordinatorEffect.Finished> finished = Optional.empty();

  final SimulatedTally tally = new SimulatedTally();

  private final SimulatedTrace trace = new SimulatedTrace();

  /** A collective operation of a generation. */
  record Call(long generation, long step) {
    /** No step, but the broadcast at the beginning. */
    static final long BROADCAST = -1;
  }

  /**
   * A checkpoint: the model, and the ledger up to it.
   *
   * @param timely complete before a newer generation was claimed: whoever claimed one has seen it
   */
  record Stored(long model, List<Long> ledger, boolean timely) {}

  SimulatedWorld(long seed, Planted planted) {
    random = new SplittableRandom(seed);
    this.planted = planted;
  }

  static long chain(long steps) {
    long model = 17;
    for (long k = 0; k < steps; k++) {
      model = next(model, k);
    }
    return model;
  }

  static long next(long model, long step) {
    long z = (model ^ step) * 0x9E3779B97F4A7C15L;
    return z ^ (z >>> 29);
  }

  static StepFacts facts(long step, long digest) {
    return new StepFacts(
        step, 0.5, 1, true, List.of(), 50, 30, digest, List.of(), 0, 0, 0, PipelineCounts.NONE);
  }

  SimulatedCoordinator leader() {
    return bosses.get(bosses.size() - 1);
  }

  /** Something begins that may have traces. */
  void next() {
    tally.count(Count.EVENTS);
    trace.next();
  }

  void log(String who, Object what) {
    trace.add(who, what);
  }

  /** The last events, a line each. */
  String trace() {
    return trace.toString();
  }

  /** The model that a checkpoint holds, or, as planted, another one. */
  long load(CheckpointName name) {
    boolean stale = planted == Planted.STALE_CHECKPOINT_WINS;
    return checkpoints.get(stale ? lastStored.orElseThrow() : name).model();
  }

  /** The ledger of a checkpoint can be read no more. */
  void damageLedger() {
    if (!checkpoints.isEmpty()) {
      CheckpointName name = pick(List.copyOf(checkpoints.keySet()));
      if (damaged.add(name)) {
        tally.count(Count.LEDGERS_DAMAGED);
        log("store", "the ledger of " + name + " is damaged");
      }
    }
  }

  /** Whether what the run had may be lost. */
  boolean hasLost() {
    return !setAside.isEmpty();
  }

  /** The ledger of a checkpoint; where it is damaged that is set aside. */
  Optional<List<Long>> ledger(CheckpointName name) {
    if (damaged.contains(name)) {
      tally.count(Count.CHECKPOINTS_SET_ASIDE);
      checkpoints.remove(name);
      setAside.add(name);
      log("store", name + " is set aside");
      return Optional.empty();
    }
    return Optional.ofNullable(checkpoints.get(name)).map(Stored::ledger);
  }

  /** Whether a checkpoint that was complete is one no more. */
  boolean isSetAside(String name) {
    return setAside.contains(CheckpointName.parse(name).orElseThrow());
  }

  /** What a coordinator takes for the complete checkpoints. */
  List<CheckpointName> found() {
    return planted == Planted.STALE_CHECKPOINT_WINS
        ? lastStored.stream().toList()
        : List.copyOf(checkpoints.keySet());
  }

  void send(Runnable delivery) {
    network.add(delivery);
  }

  /** Whether sums fail between two trainers. */
  boolean isBroken(String one, String other) {
    return brokenLink.contains(one) && brokenLink.contains(other) && !one.equals(other);
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  long newestClaim() {
    return claimed.isEmpty() ? 0 : claimed.last();
  }

  /** The newest generation that the coordinator formed which led. */
  long newestLed() {
    return led.isEmpty() ? 0 : led.last();
  }

  /** The sum of a step that a member lacks, if another one of its generation came to it. */
  Optional<StepFacts> heldBySomebody(FromMember.Answer answer) {
    return Optional.ofNullable(held.get(new Call(answer.entered(), answer.committed())));
  }

  /** Whether one of them is down. */
  boolean isIncomplete(List<String> names) {
    return nodes.stream().anyMatch(node -> node.protocol == null && names.contains(node.name));
  }

  /** A part of a checkpoint is written: soon, or after its writer has slept. */
  void write(Runnable writing) {
    if (faulty && random.nextInt(6) == 0) {
      tally.count(Count.WRITERS_ASLEEP);
      asleep.add(writing);
    } else {
      local.add(writing);
    }
  }

  /** Writers of whatever generation go on. */
  void wake() {
    local.addAll(asleep);
    asleep.clear();
  }

  /** Whether the store takes something of a checkpoint. */
  private boolean takes(CheckpointName name, String what) {
    if (faulty && random.nextInt(8) == 0) {
      tally.count(Count.CHECKPOINTS_NOT_WRITTEN);
      log("store", what + " of " + name + " is not written: no space");
      return false;
    }
    return true;
  }

  /** The tensors of a checkpoint, which is nothing without a ledger; false: there is no room. */
  boolean store(CheckpointName name, long model) {
    if (!takes(name, "the model")) {
      return false;
    }
    if (model != chain(name.step())) {
      throw new Violation(Invariant.CHECKPOINTS_HOLD_THEIR_STEP, name + " holds another model");
    }
    tensors.put(name, model);
    return true;
  }

  /** A checkpoint becomes complete; false: there is no room. */
  boolean complete(CheckpointName name, List<Long> ledger) {
    if (!takes(name, "the ledger")) {
      return false;
    }
    boolean timely = claimed.stream().allMatch(number -> number <= name.generation());
    if (checkpoints.putIfAbsent(name, new Stored(tensors.get(name), ledger, timely)) == null) {
      tally.count(Count.CHECKPOINTS_STORED);
      log("store", name + " is complete");
      lastStored = Optional.of(name);
    }
    return true;
  }

  /** One collective operation of a generation: complete once every rank has come. */
  static final class Exchange {
    private final int size;
    final Set<String> arrived = new HashSet<>();
    boolean aborted;
    long value;
    boolean hasValue;

    Exchange(int size) {
      this.size = size;
    }

    boolean complete() {
      return arrived.size() == size;
    }
  }
}
