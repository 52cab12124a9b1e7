package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.ProtocolSimulation.Planted;
import org.ijepa.coordinator.ProtocolSimulation.Violation;
import org.ijepa.coordinator.SimulatedTally.Count;
import org.ijepa.run.Happening;
import org.ijepa.trainer.MemberEvent;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember;
import org.ijepa.trainer.ToMember.Form;

/** A coordinator. */
final class SimulatedCoordinator {
  private static final int MOST_PAUSE = 8;

  /** Generations until pauses have their full length. */
  private static final int MOST_AT_ONCE = 7;

  private static final int WAIT_TICKS = 400;
  private static final int SLOW_TICKS = 100;

  /** Attempts that one judgement is made of. */
  private static final int ATTEMPTS = 3;

  private final SimulatedWorld world;
  private final String name;
  final CoordinatorProtocol protocol;

  /** Those who were asked for the newest generation, and were not removed since. */
  private final Set<String> asked = new HashSet<>();

  private long askedFor;
  private final Set<MemberId> known = new HashSet<>();

  /** Since something else than a failed sum, or a step, made the coordinator begin anew. */
  private int formed;

  private int ticks;

  final List<Long> ledger = new ArrayList<>();
  private long stored;

  SimulatedCoordinator(SimulatedWorld world) {
    this.world = world;
    name = "coordinator-" + ++world.coordinators;
    long newest = world.newestClaim();
    List<CheckpointName> complete = world.found();
    List<CheckpointName> damaged = takeNewest(complete);
    protocol =
        new CoordinatorProtocol(
            new SimulatedPlan(),
            new ProtocolRules(
                leastMembers(),
                1000,
                world.waits ? WAIT_TICKS : 0,
                SLOW_TICKS,
                Long.MAX_VALUE,
                new Backoff(
                    world.planted == Planted.NEVER_PAUSES ? 0 : 1,
                    MOST_PAUSE,
                    world.planted == Planted.LEAVES_NOBODY_OUT ? Integer.MAX_VALUE : ATTEMPTS,
                    40)),
            complete.subList(0, complete.size() - damaged.size()),
            newest);
    world.setAside.forEach(
        its -> protocol.on(new CoordinatorEvent.CheckpointDamaged(its, ledger.size())));
    world.log(name, "starts at generation " + newest);
    if (world.planted != Planted.WAITS_FOR_NOBODY) {
      world.nodes.stream()
          .filter(node -> node.protocol != null && !node.cut)
          .forEach(node -> protocol.on(new CoordinatorEvent.NodeAwaited(node.name)));
    }
  }

  /** As a coordinator does: from the newest that is not damaged; returns those that are. */
  private List<CheckpointName> takeNewest(List<CheckpointName> complete) {
    List<CheckpointName> damaged = new ArrayList<>();
    for (int i = complete.size() - 1; i >= 0 && !take(complete.get(i)); i--) {
      damaged.add(complete.get(i));
    }
    return damaged;
  }

  private int leastMembers() {
    return world.random.nextBoolean() ? 1 : world.nodes.size();
  }

  void registered(SimulatedTrainer node) {
    if (node.protocol != null && node.reaches(this)) {
      on(new CoordinatorEvent.Registered(node.id));
      on(new CoordinatorEvent.NodeKnown(node.name));
    }
  }

  void on(CoordinatorEvent event) {
    if (!world.bosses.contains(this)) {
      return;
    }
    count(event);
    for (CoordinatorEffect effect : react(event)) {
      world.log(name, effect instanceof CoordinatorEffect.Send send ? send.message() : effect);
      if (effect instanceof CoordinatorEffect.Claim claim) {
        world.local.add(() -> claim(claim.generation()));
      } else if (effect instanceof CoordinatorEffect.Confirm confirm) {
        world.local.add(() -> confirm(confirm));
      } else if (effect instanceof CoordinatorEffect.Send send) {
        ToMember message = send.message();
        asked(send);
        if (message instanceof Form form) {
          formed(form);
        }
        world.nodes.stream()
            .filter(node -> node.name.equals(send.to().name()))
            .forEach(node -> world.send(() -> receive(node, send.to(), message)));
      } else if (effect instanceof CoordinatorEffect.Tell tell) {
        told(tell.what());
      } else if (effect instanceof CoordinatorEffect.Decided decided) {
        disturbed();
        world.tally.count(Count.STEPS_COMMITTED);
        if (decided.facts().step() != ledger.size()) {
          throw new Violation(
              Invariant.LEDGER_HAS_EACH_STEP_ONCE,
              "it has " + ledger.size() + " steps, and gets step " + decided.facts().step());
        }
        ledger.add(decided.facts().step());
      } else if (effect instanceof CoordinatorEffect.TakeLedger take) {
        if (!take(take.checkpoint())) {
          on(new CoordinatorEvent.CheckpointDamaged(take.checkpoint(), ledger.size()));
          return;
        }
      } else if (effect instanceof CoordinatorEffect.Complete complete) {
        complete(complete.stored().name());
      } else if (effect instanceof CoordinatorEffect.RewoundTo rewound) {
        rewind((int) rewound.step());
      } else if (effect instanceof CoordinatorEffect.Finished done) {
        if (this == world.leader()) {
          world.finished = Optional.of(done);
        }
      } else if (effect instanceof CoordinatorEffect.Fail fail) {
        if (!world.hasLost() || !fail.reason().contains("damaged")) {
          throw new Violation(Invariant.RUN_DOES_NOT_GIVE_UP, fail.reason());
        }
        world.gaveUp = true;
      }
    }
  }

  /** The ledger is that of now, however long the store takes. */
  private void complete(CheckpointName its) {
    if (its.step() > ledger.size()) {
      throw new Violation(
          Invariant.CHECKPOINTS_HOLD_THEIR_STEP, its + " is completed by who lacks its ledger");
    }
    List<Long> steps = List.copyOf(ledger.subList(0, Math.toIntExact(its.step())));
    world.write(
        () ->
            on(
                world.complete(its, steps)
                    ? new CoordinatorEvent.CheckpointComplete(its)
                    : new CoordinatorEvent.CheckpointFailed(its, "no space")));
  }

  private List<CoordinatorEffect> react(CoordinatorEvent event) {
    if (world.planted == Planted.UNREACHABLE_IS_REMOVED
        && event instanceof CoordinatorEvent.MemberUnreachable lost) {
      return protocol.on(new CoordinatorEvent.MemberRemoved(lost.name()));
    }
    List<CoordinatorEffect> effects = protocol.on(event);
    return world.planted == Planted.NEVER_ASKS_AGAIN && event instanceof CoordinatorEvent.Tick
        ? effects.stream().filter(effect -> !isQuestion(effect)).toList()
        : effects;
  }

  private static boolean isQuestion(CoordinatorEffect effect) {
    return effect instanceof CoordinatorEffect.Send send && send.message() instanceof ToMember.Ask;
  }

  private void rewind(int step) {
    if (step > ledger.size()) {
      throw new Violation(
          Invariant.LEDGER_HAS_EACH_STEP_ONCE,
          "it has " + ledger.size() + " steps, and is to go back to step " + step);
    }
    ledger.subList(step, ledger.size()).clear();
  }

  /** The ledger is that of a checkpoint; false if that is damaged. */
  private boolean take(CheckpointName name) {
    Optional<List<Long>> its = world.ledger(name);
    if (its.isEmpty()) {
      return false;
    }
    ledger.clear();
    if (world.planted != Planted.LEDGER_DIES_WITH_COORDINATOR) {
      ledger.addAll(its.get());
    }
    return true;
  }

  private void count(CoordinatorEvent event) {
    if (event instanceof CoordinatorEvent.MemberRemoved removed) {
      asked.remove(removed.name());
    }
    if (event instanceof CoordinatorEvent.Tick) {
      ticks++;
    } else if (event instanceof CoordinatorEvent.MemberFailed
        || event instanceof CoordinatorEvent.MemberRemoved
        || event instanceof CoordinatorEvent.MemberUnreachable
        || (event instanceof CoordinatorEvent.Registered registered
            && known.add(registered.member()))) {
      disturbed();
    }
  }

  private void disturbed() {
    formed = 0;
    ticks = 0;
  }

  private void asked(CoordinatorEffect.Send send) {
    if (send.message() instanceof ToMember.Ask ask) {
      if (ask.generation() > askedFor) {
        askedFor = ask.generation();
        asked.clear();
      }
      asked.add(send.to().name());
    }
  }

  private void told(Happening what) {
    if (what instanceof Happening.LeftOut left) {
      disturbed();
      world.tally.count(Count.MEMBERS_LEFT_OUT);
      if (!world.brokenLink.contains(left.trainer())) {
        throw new Violation(
            Invariant.ONLY_THE_UNREACHABLE_ARE_LEFT_OUT, "no link fails that " + left + " has");
      }
    } else if (what instanceof Happening.Noted note && note.text().startsWith("the run stops")) {
      // In attempts that other faults ended as well, members may blame whom they like.
      boolean isMajorityConnected = asked.size() > 2 && formed >= ATTEMPTS;
      if (world.brokenLink.isEmpty() || (isMajorityConnected && !world.waits)) {
        throw new Violation(
            Invariant.A_MAJORITY_GOES_ON, asked + " could go on, but " + note.text());
      }
    } else if (what instanceof Happening.GenerationEnded ended
        && ended.why().startsWith("superseded")) {
      disturbed();
    } else if (what instanceof Happening.GenerationBegan) {
      world.tally.count(Count.GENERATIONS_FORMED);
      if (++formed > MOST_AT_ONCE + ticks / MOST_PAUSE) {
        throw new Violation(
            Invariant.FEW_GENERATIONS, formed + " generations in " + ticks + " ticks");
      }
    }
  }

  private void receive(SimulatedTrainer node, MemberId to, ToMember message) {
    if (node.protocol != null && node.id.equals(to) && node.reaches(this)) {
      node.on(new MemberEvent.Received(message));
    }
  }

  /** What the run has stored is not lost; what one that was replaced trains alone is void. */
  private void formed(Form form) {
    if (form.nextStep() < stored && !world.hasLost()) {
      throw new Violation(
          Invariant.STORED_IS_KEPT,
          "a checkpoint has " + stored + " steps, the run goes on at " + form.nextStep());
    }
    if (this == world.leader()) {
      checkRemembered(form.nextStep());
      world.led.add(form.generation());
    }
  }

  void checkRemembered(long steps) {
    if (world.hasLost()) {
      // Where nothing reaches back to what they remember, that is given up.
      return;
    }
    for (SimulatedTrainer node : world.nodes) {
      if (node.remembers(world.newestLed(), steps)) {
        throw new Violation(
            Invariant.REMEMBERED_IS_KEPT,
            "%s has committed %d steps, the run has %d"
                .formatted(node.name, node.protocol.committed(), steps));
      }
    }
  }

  /** Nodes say who leads when they are asked, which is after the claim. */
  private void confirm(CoordinatorEffect.Confirm asked) {
    boolean leads = this == world.leader();
    if (leads || world.planted == Planted.NEEDS_NO_CONFIRMATION) {
      on(new CoordinatorEvent.Confirmed(asked.generation(), asked.time()));
    }
  }

  private void claim(long number) {
    long newest = world.newestClaim();
    if (number > newest) {
      world.claimed.add(number);
      stored =
          world.checkpoints.entrySet().stream()
              .filter(entry -> world.led.contains(entry.getKey().generation()))
              .filter(entry -> entry.getValue().timely())
              .mapToLong(entry -> entry.getKey().step())
              .max()
              .orElse(0);
      on(new CoordinatorEvent.Claimed(number, world.found()));
    } else {
      on(new CoordinatorEvent.ClaimRefused(newest));
    }
  }
}
