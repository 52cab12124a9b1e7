package org.ijepa.coordinator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.MemberEffect;
import org.ijepa.trainer.MemberEvent;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.MemberProtocol;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.ToMember;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;

/**
 * Both sides of the step protocol in a world that loses, delays, repeats and reorders messages,
 * crashes members and coordinators at every point, and lets stale coordinators act on. A seed is a
 * schedule. The model is a hash chain over steps, so that any divergence shows.
 */
final class ProtocolSimulation {
  private static final int STEPS = 12;
  private static final int CHECKPOINT_EVERY = 4;
  private static final int FAULTY_EVENTS = 600;
  private static final int QUIET_EVENTS = 20_000;

  private final SplittableRandom random;
  private final Planted planted;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Boss> bosses = new ArrayList<>();
  private final List<Runnable> network = new ArrayList<>();

  /** What happens within a node or at the store: late, but neither lost nor repeated. */
  private final List<Runnable> local = new ArrayList<>();

  private final Deque<String> trace = new ArrayDeque<>();
  private final Map<String, Exchange> exchanges = new HashMap<>();
  private final Set<Long> claimed = new TreeSet<>();

  /** Generations that were formed by the coordinator that led. */
  private final Set<Long> led = new HashSet<>();

  private final TreeMap<CheckpointName, Stored> checkpoints = new TreeMap<>();

  /** Events after which the nodes are told to stop, in some schedules. */
  private final OptionalInt drainAfter;

  private boolean faulty = true;
  private long incarnations;
  private Optional<CoordinatorEffect.Finished> finished = Optional.empty();

  /** A fault of the protocol that the simulation must find. */
  enum Planted {
    NONE,
    /** Members do not hand out what was committed since the last checkpoint. */
    LOSES_HISTORY,
    /** A claimed number counts although another coordinator leads. */
    NEEDS_NO_CONFIRMATION,
    /** A new coordinator does not wait for the trainers of nodes that it found. */
    WAITS_FOR_NOBODY
  }

  /**
   * A checkpoint: the model, and the ledger up to it.
   *
   * @param timely complete before a newer generation was claimed: whoever claimed one has seen it
   */
  private record Stored(long model, List<Long> ledger, boolean timely) {}

  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String message) {
      super(message);
    }
  }

  ProtocolSimulation(long seed, Planted planted) {
    random = new SplittableRandom(seed);
    this.planted = planted;
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      nodes.add(new Node("trainer-" + i));
    }
    drainAfter =
        seed % 4 == 1 ? OptionalInt.of(random.nextInt(FAULTY_EVENTS)) : OptionalInt.empty();
  }

  static long chain(long steps) {
    long model = 17;
    for (long k = 0; k < steps; k++) {
      model = next(model, k);
    }
    return model;
  }

  private static long next(long model, long step) {
    long z = (model ^ step) * 0x9E3779B97F4A7C15L;
    return z ^ (z >>> 29);
  }

  /** Runs the schedule to its end; throws a {@link Violation} with the last events otherwise. */
  int run() {
    int events = 0;
    try {
      nodes.forEach(Node::start);
      bosses.add(new Boss());
      for (; events < FAULTY_EVENTS && finished.isEmpty(); events++) {
        fault();
        act();
        drain(events);
      }
      faulty = false;
      recover();
      int quiet = 0;
      while (finished.isEmpty()) {
        if (quiet++ > QUIET_EVENTS) {
          throw new Violation("no end although faults stopped");
        }
        act();
        drain(events);
        events++;
      }
      checkEnd();
    } catch (Violation | Settlement.Contradiction e) {
      throw new Violation(e.getMessage() + "\n" + String.join("\n", trace));
    }
    return events;
  }

  /** Whoever leads is told again and again, as nodes do. */
  private void drain(int events) {
    if (events >= drainAfter.orElse(Integer.MAX_VALUE) && random.nextInt(8) == 0) {
      bosses.get(bosses.size() - 1).on(new CoordinatorEvent.Drain(Stop.INTERRUPTED));
    }
  }

  private void checkEnd() {
    boolean drained = finished.orElseThrow().why() == Stop.INTERRUPTED && drainAfter.isPresent();
    if (finished.get().why() != Stop.COMPLETE && !drained) {
      throw new Violation("finished as " + finished.get());
    }
    Boss boss = bosses.get(bosses.size() - 1);
    long steps = drained ? boss.protocol.step() : STEPS;
    boss.checkRemembered(steps, "end");
    if (!finished.get().saved() || (steps == 0 && checkpoints.isEmpty())) {
      return;
    }
    Stored last = checkpoints.lastEntry().getValue();
    // One of a coordinator before may have become complete after the last one looked.
    long saved = checkpoints.lastKey().step();
    if ((drained ? saved < steps : saved != steps) || last.model() != chain(saved)) {
      throw new Violation("the last checkpoint is " + checkpoints.lastKey() + " of " + steps);
    }
    if (last.ledger().size() != saved) {
      throw new Violation("the ledger has steps " + last.ledger());
    }
  }

  private void log(String line) {
    if (line.equals(trace.peekLast())) {
      return;
    }
    trace.addLast(line);
    if (trace.size() > 120) {
      trace.removeFirst();
    }
  }

  private void fault() {
    int kind = random.nextInt(120);
    if (kind == 0) {
      Node node = pick(nodes);
      if (node.protocol != null) {
        node.crash(random.nextBoolean());
      }
    } else if (kind == 1) {
      for (Node node : nodes) {
        if (node.protocol == null && random.nextBoolean()) {
          node.start();
        }
      }
    } else if (kind == 2 && random.nextInt(4) == 0) {
      // Sometimes the old one lives on, unaware.
      if (random.nextBoolean()) {
        log("coordinator dies");
        bosses.remove(bosses.size() - 1);
      } else {
        log("coordinator is replaced, and lives on");
      }
      if (bosses.size() > 2) {
        bosses.remove(0);
      }
      bosses.add(new Boss());
    } else if (kind == 3) {
      Node node = pick(nodes);
      bosses.forEach(boss -> boss.on(new CoordinatorEvent.MemberUnreachable(node.name)));
    } else if (kind == 4 && !network.isEmpty()) {
      network.remove(random.nextInt(network.size()));
    } else if (kind == 5 && bosses.size() > 1) {
      cutOff(pick(nodes));
    }
  }

  /** One that was replaced takes everybody else for removed, and is left alone with one node. */
  private void cutOff(Node node) {
    log(node.id + " is cut off with the first coordinator");
    node.cut = true;
    for (Node other : nodes) {
      if (other != node) {
        bosses.get(0).on(new CoordinatorEvent.MemberRemoved(other.name));
      }
    }
    bosses.get(bosses.size() - 1).on(new CoordinatorEvent.MemberRemoved(node.name));
  }

  private void recover() {
    log("--- faults stop");
    // A node that was removed stops its process.
    nodes.stream().filter(node -> node.cut && node.protocol != null).forEach(n -> n.crash(false));
    nodes.stream().filter(node -> node.protocol == null).forEach(Node::start);
    while (bosses.size() > 1) {
      bosses.remove(0);
    }
  }

  private void act() {
    int kind = random.nextInt(10);
    if (!local.isEmpty() && random.nextInt(4) == 0) {
      local.remove(random.nextInt(local.size())).run();
    } else if (kind < 5 && !network.isEmpty()) {
      deliver();
    } else if (kind < 8) {
      pick(nodes).work();
    } else if (kind == 8) {
      Node node = pick(nodes);
      if (node.protocol != null) {
        node.on(new MemberEvent.Tick());
        bosses.forEach(boss -> send(() -> boss.registered(node)));
      }
    } else if (!bosses.isEmpty()) {
      pick(bosses).on(new CoordinatorEvent.Tick());
    }
  }

  private void deliver() {
    int index = random.nextInt(network.size());
    Runnable message = network.get(index);
    boolean repeat = faulty && random.nextInt(12) == 0;
    boolean lose = faulty && random.nextInt(12) == 0;
    if (!repeat) {
      network.remove(index);
    }
    if (!lose) {
      message.run();
    }
  }

  private void send(Runnable delivery) {
    network.add(delivery);
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** One collective operation of a generation: complete once every rank has come. */
  private static final class Exchange {
    private final int size;
    private final Set<String> arrived = new HashSet<>();
    private boolean aborted;
    private long value;
    private boolean hasValue;

    Exchange(int size) {
      this.size = size;
    }

    boolean complete() {
      return arrived.size() == size;
    }
  }

  /** A trainer: control and worker. */
  private final class Node {
    private final String name;
    private MemberId id;
    private MemberProtocol protocol;
    private long model;
    private final Deque<MemberEffect> jobs = new ArrayDeque<>();
    private Form form;
    private boolean cut;

    Node(String name) {
      this.name = name;
    }

    void start() {
      id = new MemberId(name, ++incarnations, "");
      protocol = new MemberProtocol(id);
      model = -1;
      jobs.clear();
      form = null;
      cut = false;
      log(id + " starts");
    }

    boolean remembers(long generation, long step) {
      boolean votes = protocol != null && !cut && protocol.entered() > 0;
      return votes && protocol.entered() == generation && protocol.committed() > step;
    }

    boolean reaches(Boss boss) {
      return !cut || boss != bosses.get(bosses.size() - 1);
    }

    void crash(boolean says) {
      log(id + " crashes");
      abortExchanges();
      MemberId dead = id;
      protocol = null;
      jobs.clear();
      for (Boss boss : bosses) {
        if (says) {
          send(() -> boss.on(new CoordinatorEvent.MemberFailed(dead, "crash")));
        } else if (random.nextBoolean()) {
          send(() -> removed(boss, dead));
        }
      }
    }

    /** The cluster tells nodes by their incarnation: a new one is not taken for the old. */
    private void removed(Boss boss, MemberId dead) {
      if (id.equals(dead)) {
        boss.on(new CoordinatorEvent.MemberRemoved(name));
      }
    }

    private void abortExchanges() {
      if (form != null) {
        String prefix = form.generation() + "/";
        exchanges.forEach((key, exchange) -> exchange.aborted |= key.startsWith(prefix));
      }
    }

    void on(MemberEvent event) {
      if (protocol == null) {
        return;
      }
      for (MemberEffect effect : protocol.on(event)) {
        if (effect instanceof MemberEffect.Send send) {
          FromMember message = send.message();
          log(name + " says " + message);
          bosses.forEach(boss -> send(() -> say(boss, message)));
        } else if (effect instanceof MemberEffect.AbortCollective) {
          abortExchanges();
          jobs.clear();
        } else {
          jobs.addLast(effect);
        }
      }
    }

    private void say(Boss boss, FromMember message) {
      if (reaches(boss)) {
        boss.on(new CoordinatorEvent.Received(lossy(message)));
      }
    }

    private FromMember lossy(FromMember message) {
      if (planted == Planted.LOSES_HISTORY && message instanceof FromMember.Answer a) {
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
        model = next(model, apply.plan().step());
        on(new MemberEvent.Applied(apply.plan().step()));
        check();
      } else if (job instanceof MemberEffect.StartCheckpoint start) {
        jobs.removeFirst();
        long copy = model;
        CheckpointName written = CheckpointName.parse(start.name()).orElseThrow();
        local.add(() -> store(written, copy));
      }
    }

    private void check() {
      if (protocol.entered() > 0 && model != chain(protocol.committed())) {
        throw new Violation(id + " diverged at step " + protocol.committed());
      }
    }

    private void join(MemberEffect.Join join) {
      form = join.form();
      if (form.newcomers().isEmpty()) {
        jobs.removeFirst();
        on(new MemberEvent.Joined(form.generation()));
        return;
      }
      Exchange exchange = exchange("broadcast");
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
        return chain(0);
      }
      return checkpoints.get(CheckpointName.parse(form.load()).orElseThrow()).model();
    }

    private void runStep(MemberEffect.RunStep step) {
      Exchange exchange = exchange("step-" + step.step());
      if (!exchange.arrived.contains(name)) {
        exchange.value += model;
      }
      if (settled(exchange)) {
        on(new MemberEvent.StepReduced(step.generation(), facts(step.step(), exchange.value)));
      }
    }

    private Exchange exchange(String operation) {
      return exchanges.computeIfAbsent(
          form.generation() + "/" + operation, key -> new Exchange(form.members().size()));
    }

    /** Takes part; true when this member sees the operation complete, which ends its job. */
    private boolean settled(Exchange exchange) {
      exchange.arrived.add(name);
      // An operation that is complete may still look aborted to some.
      boolean aborted = exchange.aborted && (!exchange.complete() || random.nextBoolean());
      if (aborted) {
        jobs.removeFirst();
        on(new MemberEvent.CollectiveFailed(form.generation(), "aborted", ""));
        return false;
      }
      if (!exchange.complete()) {
        return false;
      }
      jobs.removeFirst();
      return true;
    }
  }

  private void store(CheckpointName name, long model) {
    if (faulty && random.nextInt(5) == 0) {
      bosses.forEach(
          boss ->
              local.add(() -> boss.on(new CoordinatorEvent.CheckpointFailed(name, "no space"))));
      return;
    }
    // The coordinator completes the manifest with its ledger; only one that has the steps can.
    for (Boss boss : bosses) {
      if (boss.protocol.generation() >= name.generation() && boss.ledger.size() >= name.step()) {
        boolean timely = claimed.stream().allMatch(number -> number <= name.generation());
        List<Long> ledger = List.copyOf(boss.ledger.subList(0, (int) name.step()));
        checkpoints.putIfAbsent(name, new Stored(model, ledger, timely));
        if (model != chain(name.step())) {
          throw new Violation("checkpoint " + name + " holds another model");
        }
      }
    }
    bosses.forEach(
        boss ->
            local.add(
                () ->
                    boss.on(
                        checkpoints.containsKey(name)
                            ? new CoordinatorEvent.CheckpointComplete(name)
                            : new CoordinatorEvent.CheckpointFailed(
                                name, "nobody had its ledger"))));
  }

  private static StepFacts facts(long step, long digest) {
    return new StepFacts(
        step, 0.5, 1, true, List.of(), 50, 30, digest, List.of(), 0, 0, PipelineCounts.NONE);
  }

  /** A coordinator. */
  private final class Boss {
    private final CoordinatorProtocol protocol;
    private final List<Long> ledger = new ArrayList<>();
    private long stored;

    Boss() {
      long newest = claimed.stream().mapToLong(Long::longValue).max().orElse(0);
      protocol =
          new CoordinatorProtocol(
              new Planner(), leastMembers(), 1000, 0, List.copyOf(checkpoints.keySet()), newest);
      if (!checkpoints.isEmpty()) {
        ledger.addAll(checkpoints.lastEntry().getValue().ledger());
      }
      log("coordinator starts at generation " + newest);
      if (planted != Planted.WAITS_FOR_NOBODY) {
        nodes.stream()
            .filter(node -> node.protocol != null && !node.cut)
            .forEach(node -> protocol.on(new CoordinatorEvent.NodeAwaited(node.name)));
      }
    }

    private int leastMembers() {
      return random.nextBoolean() ? 1 : nodes.size();
    }

    void registered(Node node) {
      if (node.protocol != null && node.reaches(this)) {
        on(new CoordinatorEvent.Registered(node.id));
        on(new CoordinatorEvent.NodeKnown(node.name));
      }
    }

    void on(CoordinatorEvent event) {
      if (!bosses.contains(this)) {
        return;
      }
      for (CoordinatorEffect effect : protocol.on(event)) {
        if (!(effect instanceof CoordinatorEffect.Send)) {
          log("coordinator " + bosses.indexOf(this) + ": " + effect);
        }
        if (effect instanceof CoordinatorEffect.Claim claim) {
          local.add(() -> claim(claim.generation()));
        } else if (effect instanceof CoordinatorEffect.Confirm confirm) {
          local.add(() -> confirm(confirm.generation()));
        } else if (effect instanceof CoordinatorEffect.Send send) {
          ToMember message = send.message();
          if (message instanceof Form form) {
            formed(form);
          }
          nodes.stream()
              .filter(node -> node.name.equals(send.to().name()))
              .forEach(node -> send(() -> receive(node, send.to(), message)));
        } else if (effect instanceof CoordinatorEffect.Decided decided) {
          if (decided.facts().step() != ledger.size()) {
            throw new Violation(
                "ledger has " + ledger.size() + " steps, gets " + decided.facts().step());
          }
          ledger.add(decided.facts().step());
        } else if (effect instanceof CoordinatorEffect.TakeLedger take) {
          ledger.clear();
          ledger.addAll(checkpoints.get(take.checkpoint()).ledger());
        } else if (effect instanceof CoordinatorEffect.RewoundTo rewound) {
          ledger.subList((int) rewound.step(), ledger.size()).clear();
        } else if (effect instanceof CoordinatorEffect.Finished done) {
          if (bosses.indexOf(this) == bosses.size() - 1) {
            finished = Optional.of(done);
          }
        } else if (effect instanceof CoordinatorEffect.Fail fail) {
          throw new Violation("gave up: " + fail.reason());
        }
      }
    }

    private void receive(Node node, MemberId to, ToMember message) {
      if (node.protocol != null && node.id.equals(to) && node.reaches(this)) {
        node.on(new MemberEvent.Received(message));
      }
    }

    /** What the run has stored is not lost; what one that was replaced trains alone is void. */
    private void formed(Form form) {
      if (form.nextStep() < stored) {
        throw new Violation("a checkpoint has " + stored + " steps, and gets lost by " + form);
      }
      if (bosses.indexOf(this) == bosses.size() - 1) {
        checkRemembered(form.nextStep(), form);
        led.add(form.generation());
      }
    }

    private void checkRemembered(long steps, Object where) {
      long newest = led.stream().mapToLong(Long::longValue).max().orElse(0);
      for (Node node : nodes) {
        if (node.remembers(newest, steps)) {
          throw new Violation(node.id + " knows more than " + where);
        }
      }
    }

    /** Nodes say who leads when they are asked, which is after the claim. */
    private void confirm(long number) {
      boolean leads = bosses.indexOf(this) == bosses.size() - 1;
      if (leads || planted == Planted.NEEDS_NO_CONFIRMATION) {
        on(new CoordinatorEvent.Confirmed(number));
      }
    }

    private void claim(long number) {
      long newest = claimed.stream().mapToLong(Long::longValue).max().orElse(0);
      if (number > newest) {
        claimed.add(number);
        stored =
            checkpoints.entrySet().stream()
                .filter(entry -> led.contains(entry.getKey().generation()))
                .filter(entry -> entry.getValue().timely())
                .mapToLong(entry -> entry.getKey().step())
                .max()
                .orElse(0);
        on(new CoordinatorEvent.Claimed(number, List.copyOf(checkpoints.keySet())));
      } else {
        on(new CoordinatorEvent.ClaimRefused(newest));
      }
    }
  }

  private static final class Planner implements StepPlanner {
    @Override
    public StepPlan plan(StepFacts facts) {
      return new StepPlan(facts.step(), 1e-3, 0.05, 0.99, 1, !facts.finite());
    }

    @Override
    public long totalSteps() {
      return STEPS;
    }

    @Override
    public boolean checkpointDue(long steps) {
      return steps % CHECKPOINT_EVERY == 0;
    }
  }
}
