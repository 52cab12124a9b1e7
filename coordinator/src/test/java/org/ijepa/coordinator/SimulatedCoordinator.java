package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  private final SimulatedWorld world;
  final CoordinatorProtocol protocol;

  /** Those who were asked for the newest generation. */
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
    long newest = world.newestClaim();
    protocol =
        new CoordinatorProtocol(
            new SimulatedPlan(),
            new ProtocolRules(
                leastMembers(),
                1000,
                world.waits ? WAIT_TICKS : 0,
                new Backoff(
                    world.planted == ProtocolSimulation.Planted.NEVER_PAUSES ? 0 : 1,
                    MOST_PAUSE,
                    world.planted == ProtocolSimulation.Planted.LEAVES_NOBODY_OUT
                        ? Integer.MAX_VALUE
                        : 3,
                    40)),
            List.copyOf(world.checkpoints.keySet()),
            newest);
    if (!world.checkpoints.isEmpty()) {
      ledger.addAll(world.checkpoints.lastEntry().getValue().ledger());
    }
    world.log("coordinator starts at generation " + newest);
    if (world.planted != ProtocolSimulation.Planted.WAITS_FOR_NOBODY) {
      world.nodes.stream()
          .filter(node -> node.protocol != null && !node.cut)
          .forEach(node -> protocol.on(new CoordinatorEvent.NodeAwaited(node.name)));
    }
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
    for (CoordinatorEffect effect : protocol.on(event)) {
      if (!(effect instanceof CoordinatorEffect.Send)) {
        world.log("coordinator " + world.bosses.indexOf(this) + ": " + effect);
      }
      if (effect instanceof CoordinatorEffect.Claim claim) {
        world.local.add(() -> claim(claim.generation()));
      } else if (effect instanceof CoordinatorEffect.Confirm confirm) {
        world.local.add(() -> confirm(confirm.generation()));
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
        if (decided.facts().step() != ledger.size()) {
          throw new ProtocolSimulation.Violation(
              "ledger has " + ledger.size() + " steps, gets " + decided.facts().step());
        }
        ledger.add(decided.facts().step());
      } else if (effect instanceof CoordinatorEffect.TakeLedger take) {
        ledger.clear();
        ledger.addAll(world.checkpoints.get(take.checkpoint()).ledger());
      } else if (effect instanceof CoordinatorEffect.RewoundTo rewound) {
        ledger.subList((int) rewound.step(), ledger.size()).clear();
      } else if (effect instanceof CoordinatorEffect.Finished done) {
        if (this == world.leader()) {
          world.finished = Optional.of(done);
        }
      } else if (effect instanceof CoordinatorEffect.Fail fail) {
        throw new ProtocolSimulation.Violation("gave up: " + fail.reason());
      }
    }
  }

  private void count(CoordinatorEvent event) {
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
      if (!world.brokenLink.contains(left.trainer())) {
        throw new ProtocolSimulation.Violation("no link fails that " + left + " has");
      }
    } else if (what instanceof Happening.Noted note && note.text().startsWith("the run stops")) {
      boolean isMajorityConnected = asked.size() > 2;
      if (world.brokenLink.isEmpty() || (isMajorityConnected && !world.waits)) {
        throw new ProtocolSimulation.Violation(asked + " could go on, but " + note.text());
      }
    } else if (what instanceof Happening.GenerationEnded ended
        && ended.why().startsWith("superseded")) {
      disturbed();
    } else if (what instanceof Happening.GenerationBegan
        && ++formed > MOST_AT_ONCE + ticks / MOST_PAUSE) {
      throw new ProtocolSimulation.Violation(formed + " generations in " + ticks + " ticks");
    }
  }

  private void receive(SimulatedTrainer node, MemberId to, ToMember message) {
    if (node.protocol != null && node.id.equals(to) && node.reaches(this)) {
      node.on(new MemberEvent.Received(message));
    }
  }

  /** What the run has stored is not lost; what one that was replaced trains alone is void. */
  private void formed(Form form) {
    if (form.nextStep() < stored) {
      throw new ProtocolSimulation.Violation(
          "a checkpoint has " + stored + " steps, and gets lost by " + form);
    }
    if (this == world.leader()) {
      checkRemembered(form.nextStep(), form);
      world.led.add(form.generation());
    }
  }

  void checkRemembered(long steps, Object where) {
    long newest = world.led.stream().mapToLong(Long::longValue).max().orElse(0);
    for (SimulatedTrainer node : world.nodes) {
      if (node.remembers(newest, steps)) {
        throw new ProtocolSimulation.Violation(node.id + " knows more than " + where);
      }
    }
  }

  /** Nodes say who leads when they are asked, which is after the claim. */
  private void confirm(long number) {
    boolean leads = this == world.leader();
    if (leads || world.planted == ProtocolSimulation.Planted.NEEDS_NO_CONFIRMATION) {
      on(new CoordinatorEvent.Confirmed(number));
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
      on(new CoordinatorEvent.Claimed(number, List.copyOf(world.checkpoints.keySet())));
    } else {
      on(new CoordinatorEvent.ClaimRefused(newest));
    }
  }
}
