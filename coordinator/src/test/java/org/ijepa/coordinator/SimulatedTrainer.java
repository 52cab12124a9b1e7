package org.ijepa.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.ProtocolSimulation.Planted;
import org.ijepa.coordinator.ProtocolSimulation.Violation;
import org.ijepa.coordinator.SimulatedTally.Count;
import org.ijepa.coordinator.SimulatedWorld.Call;
import org.ijepa.failure.ExitCode;
import org.ijepa.trainer.CheckpointSeconds;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.MemberEffect;
import org.ijepa.trainer.MemberEvent;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.MemberProtocol;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.Suspicion;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;

/** A trainer: control and worker. */
final class SimulatedTrainer {
  /** Looks at an operation until its time-out, on average. */
  private static final int TIME_OUT = 20;

  private final SimulatedWorld world;
  final String name;
  MemberId id;
  MemberProtocol protocol;
  private PromiseBreaker breaker;
  private long model;

  /** Step whose gradient was summed last. */
  private long reduced;

  private final Deque<MemberEffect> jobs = new ArrayDeque<>();
  private Form form;
  boolean cut;

  /** Whether the worker makes no move any more, while the control answers. */
  boolean hangs;

  SimulatedTrainer(String name, SimulatedWorld world) {
    this.name = name;
    this.world = world;
  }

  void start() {
    id = new MemberId(name, ++world.incarnations, name + ":" + world.incarnations);
    protocol = new MemberProtocol(id);
    breaker = new PromiseBreaker(id, protocol);
    model = -1;
    reduced = -1;
    jobs.clear();
    form = null;
    cut = false;
    hangs = false;
    world.log(name, "starts, for time " + id.incarnation());
  }

  boolean remembers(long generation, long step) {
    boolean votes = protocol != null && !cut && protocol.entered() > 0;
    return votes && protocol.entered() == generation && protocol.committed() > step;
  }

  boolean reaches(SimulatedCoordinator boss) {
    return !cut || boss != world.leader();
  }

  /** The worker hangs. */
  void hang() {
    hangs = true;
    world.tally.count(Count.WORKERS_HUNG);
    world.log(name, "hangs");
  }

  void crash(boolean says) {
    world.tally.count(Count.MEMBERS_CRASHED);
    world.log(name, "crashes");
    abortExchanges();
    MemberId dead = id;
    protocol = null;
    jobs.clear();
    for (SimulatedCoordinator boss : world.bosses) {
      if (says) {
        world.send(() -> boss.on(new CoordinatorEvent.MemberFailed(dead, "crash")));
      } else if (world.random.nextBoolean()) {
        world.send(() -> removed(boss, dead));
      }
    }
  }

  /** The cluster tells nodes by their incarnation: a new one is not taken for the old. */
  private void removed(SimulatedCoordinator boss, MemberId dead) {
    if (id.equals(dead)) {
      boss.on(new CoordinatorEvent.MemberRemoved(name));
    }
  }

  private void abortExchanges() {
    if (form != null) {
      long left = form.generation();
      world.exchanges.forEach((call, exchange) -> exchange.aborted |= call.generation() == left);
    }
  }

  void on(MemberEvent event) {
    if (protocol == null) {
      return;
    }
    for (MemberEffect effect : react(event)) {
      if (effect instanceof MemberEffect.Send send) {
        FromMember message = send.message();
        world.log(name, message);
        world.bosses.forEach(boss -> world.send(() -> say(boss, message)));
      } else if (effect instanceof MemberEffect.AbortCollective) {
        abortExchanges();
        jobs.clear();
      } else {
        jobs.addLast(effect);
      }
    }
  }

  private List<MemberEffect> react(MemberEvent event) {
    if (world.planted == Planted.STORED_IS_SAID_ONCE && event instanceof MemberEvent.Tick) {
      return protocol.on(event).stream().filter(effect -> !isOfCheckpoint(effect)).toList();
    }
    return world.planted == Planted.BREAKS_PROMISE ? breaker.on(event) : protocol.on(event);
  }

  private static boolean isOfCheckpoint(MemberEffect effect) {
    return effect instanceof MemberEffect.Send send
        && (send.message() instanceof FromMember.Stored
            || send.message() instanceof FromMember.NotStored);
  }

  private void say(SimulatedCoordinator boss, FromMember message) {
    if (reaches(boss)) {
      boss.on(new CoordinatorEvent.Received(message instanceof Answer a ? planted(a) : message));
    }
  }

  /** What a coordinator with a planted fault makes of an answer. */
  private Answer planted(Answer answer) {
    long entered = answer.entered();
    Optional<StepFacts> held = answer.held();
    List<StepFacts> history = answer.history();
    if (world.planted == Planted.LOSES_HISTORY) {
      history = List.of();
    } else if (world.planted == Planted.OLD_GENERATIONS_VOTE && entered > 0) {
      entered = Math.max(entered, world.newestLed());
    } else if (world.planted == Planted.ONE_HOLDER_SETTLES && held.isEmpty()) {
      held = world.heldBySomebody(answer);
    } else if (world.planted == Planted.THE_DEAD_COUNT && world.isIncomplete(answer.group())) {
      held = Optional.empty();
    }
    return new Answer(
        answer.member(),
        answer.generation(),
        entered,
        answer.group(),
        answer.committed(),
        held,
        history);
  }

  /** The worker makes one move, if it can. */
  void work() {
    MemberEffect job = jobs.peekFirst();
    if (protocol == null || job == null || hangs) {
      return;
    }
    if (job instanceof MemberEffect.Join join) {
      join(join);
    } else if (job instanceof MemberEffect.RunStep step) {
      runStep(step);
    } else if (job instanceof MemberEffect.Apply apply) {
      jobs.removeFirst();
      if (reduced != apply.plan().step()) {
        throw new Violation(
            Invariant.UPDATES_NEED_GRADIENTS,
            name + " has no gradient of step " + apply.plan().step());
      }
      model = SimulatedWorld.next(model, reduced);
      on(new MemberEvent.Applied(apply.plan().step()));
      check();
    } else if (job instanceof MemberEffect.StartCheckpoint start) {
      jobs.removeFirst();
      long copy = model;
      MemberId writer = id;
      CheckpointName written = CheckpointName.parse(start.name()).orElseThrow();
      world.write(() -> store(writer, written, copy));
    }
  }

  /** A writer dies with its trainer. */
  private void store(MemberId writer, CheckpointName written, long copy) {
    if (protocol != null && id.equals(writer)) {
      on(
          world.store(written, copy)
              ? new MemberEvent.TensorsStored(written, List.of(), new CheckpointSeconds(0, 0))
              : new MemberEvent.TensorsNotStored(written, "no space"));
    }
  }

  private void check() {
    if (protocol.entered() > 0 && model != SimulatedWorld.chain(protocol.committed())) {
      throw new Violation(
          Invariant.REPLICAS_AGREE, name + " diverged at step " + protocol.committed());
    }
  }

  private void join(MemberEffect.Join join) {
    form = join.form();
    if (form.newcomers().isEmpty()) {
      jobs.removeFirst();
      on(new MemberEvent.Joined(form.generation()));
      return;
    }
    SimulatedWorld.Exchange exchange = exchange(Call.BROADCAST);
    if (join.rank() == form.root() && !exchange.hasValue) {
      if (form.origin() == Origin.CHECKPOINT && world.isSetAside(form.load())) {
        exchange.aborted = true;
        jobs.removeFirst();
        on(
            new MemberEvent.CollectiveFailed(
                form.generation(), "is damaged", form.load(), Suspicion.NONE));
        return;
      }
      exchange.value = form.origin() == Origin.MEMORY ? model : load();
      exchange.hasValue = true;
    }
    if (settled(exchange)) {
      model = exchange.value;
      on(new MemberEvent.Joined(form.generation()));
      check();
    }
  }

  private long load() {
    if (form.origin() == Origin.INITIAL) {
      return SimulatedWorld.chain(0);
    }
    return world.load(CheckpointName.parse(form.load()).orElseThrow());
  }

  private void runStep(MemberEffect.RunStep step) {
    SimulatedWorld.Exchange exchange = exchange(step.step());
    if (!exchange.arrived.contains(name)) {
      if (world.unfed.contains(name)) {
        jobs.removeFirst();
        on(new MemberEvent.InputFailed(step.generation(), "no images", ExitCode.INTERRUPTED));
        return;
      }
      exchange.value += model;
    }
    if (settled(exchange)) {
      reduced = step.step();
      StepFacts facts = SimulatedWorld.facts(reduced, exchange.value);
      world.held.put(new Call(step.generation(), reduced), facts);
      on(new MemberEvent.StepReduced(step.generation(), facts));
    }
  }

  private SimulatedWorld.Exchange exchange(long step) {
    return world.exchanges.computeIfAbsent(
        new Call(form.generation(), step),
        call -> new SimulatedWorld.Exchange(form.members().size()));
  }

  /** The rank after this one in the ring, or before it. */
  private String neighbour(int distance) {
    List<MemberId> ring = form.members();
    return ring.get(Math.floorMod(ring.indexOf(id) + distance, ring.size())).name();
  }

  private boolean reachesNext(String next) {
    boolean down =
        world.nodes.stream().anyMatch(node -> node.name.equals(next) && node.protocol == null);
    return !world.isBroken(name, next) && !(down && world.random.nextBoolean());
  }

  private void fail(String blamed, Symptom symptom) {
    jobs.removeFirst();
    world.tally.count(Count.SUMS_FAILED);
    on(
        new MemberEvent.CollectiveFailed(
            form.generation(), "sum failed", "", new Suspicion(blamed, symptom)));
  }

  /** Who hangs is waited for until the time-out. */
  private void waitForOne(SimulatedWorld.Exchange exchange) {
    Optional<SimulatedTrainer> late =
        world.nodes.stream()
            .filter(node -> node.hangs && form.members().contains(node.id))
            .findFirst();
    if (late.isPresent() && world.random.nextInt(TIME_OUT) == 0) {
      exchange.aborted = true;
      fail(late.get().name, Symptom.SILENT);
    }
  }

  /** Takes part; true when this member sees the operation complete, which ends its job. */
  private boolean settled(SimulatedWorld.Exchange exchange) {
    String next = neighbour(1);
    if (!exchange.complete() && !reachesNext(next)) {
      exchange.aborted = true;
      fail(next, Symptom.UNREACHABLE);
      return false;
    }
    exchange.arrived.add(name);
    // An operation that is complete may still look aborted to some.
    boolean aborted = exchange.aborted && (!exchange.complete() || world.random.nextBoolean());
    if (aborted) {
      // Who has given up, and why, nobody else can see.
      fail(neighbour(world.random.nextBoolean() ? 1 : -1), Symptom.GONE);
      return false;
    }
    if (!exchange.complete()) {
      waitForOne(exchange);
      return false;
    }
    jobs.removeFirst();
    return true;
  }
}
