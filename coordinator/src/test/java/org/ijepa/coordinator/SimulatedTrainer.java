package org.ijepa.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.collective.Symptom;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.MemberEffect;
import org.ijepa.trainer.MemberEvent;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.MemberProtocol;
import org.ijepa.trainer.Suspicion;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;

/** A trainer: control and worker. */
final class SimulatedTrainer {
  private final SimulatedWorld world;
  final String name;
  MemberId id;
  MemberProtocol protocol;
  private long model;
  private final Deque<MemberEffect> jobs = new ArrayDeque<>();
  private Form form;
  boolean cut;

  SimulatedTrainer(String name, SimulatedWorld world) {
    this.name = name;
    this.world = world;
  }

  void start() {
    id = new MemberId(name, ++world.incarnations, name + ":" + world.incarnations);
    protocol = new MemberProtocol(id);
    model = -1;
    jobs.clear();
    form = null;
    cut = false;
    world.log(id + " starts");
  }

  boolean remembers(long generation, long step) {
    boolean votes = protocol != null && !cut && protocol.entered() > 0;
    return votes && protocol.entered() == generation && protocol.committed() > step;
  }

  boolean reaches(SimulatedCoordinator boss) {
    return !cut || boss != world.leader();
  }

  void crash(boolean says) {
    world.log(id + " crashes");
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
      String prefix = form.generation() + "/";
      world.exchanges.forEach((key, exchange) -> exchange.aborted |= key.startsWith(prefix));
    }
  }

  void on(MemberEvent event) {
    if (protocol == null) {
      return;
    }
    for (MemberEffect effect : protocol.on(event)) {
      if (effect instanceof MemberEffect.Send send) {
        FromMember message = send.message();
        world.log(name + " says " + message);
        world.bosses.forEach(boss -> world.send(() -> say(boss, message)));
      } else if (effect instanceof MemberEffect.AbortCollective) {
        abortExchanges();
        jobs.clear();
      } else {
        jobs.addLast(effect);
      }
    }
  }

  private void say(SimulatedCoordinator boss, FromMember message) {
    if (reaches(boss)) {
      boss.on(new CoordinatorEvent.Received(lossy(message)));
    }
  }

  private FromMember lossy(FromMember message) {
    if (world.planted == ProtocolSimulation.Planted.LOSES_HISTORY
        && message instanceof FromMember.Answer a) {
      return new FromMember.Answer(
          a.member(), a.generation(), a.entered(), a.group(), a.committed(), a.held(), List.of());
    }
    return message;
  }

  /** The worker makes one move, if it can. */
  void work() {
    MemberEffect job = jobs.peekFirst();
    if (protocol == null || job == null) {
      return;
    }
    if (job instanceof MemberEffect.Join join) {
      join(join);
    } else if (job instanceof MemberEffect.RunStep step) {
      runStep(step);
    } else if (job instanceof MemberEffect.Apply apply) {
      jobs.removeFirst();
      model = SimulatedWorld.next(model, apply.plan().step());
      on(new MemberEvent.Applied(apply.plan().step()));
      check();
    } else if (job instanceof MemberEffect.StartCheckpoint start) {
      jobs.removeFirst();
      long copy = model;
      CheckpointName written = CheckpointName.parse(start.name()).orElseThrow();
      world.local.add(() -> world.store(written, copy));
    }
  }

  private void check() {
    if (protocol.entered() > 0 && model != SimulatedWorld.chain(protocol.committed())) {
      throw new ProtocolSimulation.Violation(id + " diverged at step " + protocol.committed());
    }
  }

  private void join(MemberEffect.Join join) {
    form = join.form();
    if (form.newcomers().isEmpty()) {
      jobs.removeFirst();
      on(new MemberEvent.Joined(form.generation()));
      return;
    }
    SimulatedWorld.Exchange exchange = exchange("broadcast");
    if (join.rank() == form.root() && !exchange.hasValue) {
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
    return world.checkpoints.get(CheckpointName.parse(form.load()).orElseThrow()).model();
  }

  private void runStep(MemberEffect.RunStep step) {
    SimulatedWorld.Exchange exchange = exchange("step-" + step.step());
    if (!exchange.arrived.contains(name)) {
      exchange.value += model;
    }
    if (settled(exchange)) {
      on(
          new MemberEvent.StepReduced(
              step.generation(), SimulatedWorld.facts(step.step(), exchange.value)));
    }
  }

  private SimulatedWorld.Exchange exchange(String operation) {
    return world.exchanges.computeIfAbsent(
        form.generation() + "/" + operation,
        key -> new SimulatedWorld.Exchange(form.members().size()));
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
    on(
        new MemberEvent.CollectiveFailed(
            form.generation(), "sum failed", "", new Suspicion(blamed, symptom)));
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
      return false;
    }
    jobs.removeFirst();
    return true;
  }
}
