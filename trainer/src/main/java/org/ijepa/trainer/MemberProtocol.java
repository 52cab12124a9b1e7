package org.ijepa.trainer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.trainer.MemberEffect.AbortCollective;
import org.ijepa.trainer.MemberEffect.Apply;
import org.ijepa.trainer.MemberEffect.Join;
import org.ijepa.trainer.MemberEffect.RunStep;
import org.ijepa.trainer.MemberEffect.Send;
import org.ijepa.trainer.MemberEffect.StartCheckpoint;
import org.ijepa.trainer.MemberEvent.Applied;
import org.ijepa.trainer.MemberEvent.CollectiveFailed;
import org.ijepa.trainer.MemberEvent.InputFailed;
import org.ijepa.trainer.MemberEvent.Joined;
import org.ijepa.trainer.MemberEvent.Received;
import org.ijepa.trainer.MemberEvent.StepReduced;
import org.ijepa.trainer.MemberEvent.TensorsNotStored;
import org.ijepa.trainer.MemberEvent.TensorsStored;
import org.ijepa.trainer.MemberEvent.Tick;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Heard;
import org.ijepa.trainer.ToMember.Then;

/**
 * The member's side of the step protocol, as a pure state machine.
 *
 * <pre>
 *   outside  --Form-->  settling or entering     (Ask: answer, stay)
 *   settling --Applied--> entering
 *   entering --Joined--> stepping
 *   stepping --StepReduced--> awaiting commit
 *   awaiting --Commit--> applying
 *   applying --Applied--> stepping (continue) or idle (pause)
 *   entering, stepping, awaiting --CollectiveFailed--> broken
 *   stepping --InputFailed--> broken
 *   any      --Ask with a number above the promise--> outside (applying: after Applied)
 * </pre>
 *
 * <p>Promise: a member answers only to a number above what it promised. Answering is leaving: from
 * then on everything of lower generations is ignored, a late commit too. The same question is
 * answered again until its generation has been formed here, as an answer may be lost.
 *
 * <p>A member votes in the next settlement by the newest generation that it completed its entry
 * into: one that had state in memory when it was formed completes it at once, a newcomer when its
 * broadcast is done. "Holds" means that completion was seen before the generation was left.
 *
 * <p>What became of a checkpoint's tensors is said in every state, whatever generation it is of,
 * until a coordinator has heard it.
 */
public final class MemberProtocol {
  private final MemberId self;
  private final List<MemberEffect> effects = new ArrayList<>();

  private State state = State.OUTSIDE;
  private long promised;
  private long entered;
  private List<String> group = List.of();
  private long committed;
  private Optional<StepFacts> held = Optional.empty();
  private final List<StepFacts> history = new ArrayList<>();

  private Form form;
  private Commit commit;
  private boolean answerDue;
  private Send broken;

  /** What became of checkpoints, as long as no coordinator has heard it. */
  private final Map<CheckpointName, Send> unheard = new LinkedHashMap<>();

  private enum State {
    OUTSIDE,
    SETTLING,
    ENTERING,
    STEPPING,
    AWAITING,
    APPLYING,
    IDLE,
    BROKEN
  }

  /** A member without state. */
  public MemberProtocol(MemberId self) {
    this.self = self;
  }

  /** Newest generation that the entry was completed into; 0 for none. */
  public long entered() {
    return entered;
  }

  /** Number of steps committed. */
  public long committed() {
    return committed;
  }

  /** Reacts to an event. */
  public List<MemberEffect> on(MemberEvent event) {
    effects.clear();
    if (event instanceof Received received) {
      received(received.message());
    } else if (event instanceof Joined joined) {
      joined(joined.generation());
    } else if (event instanceof StepReduced reduced) {
      reduced(reduced);
    } else if (event instanceof Applied applied) {
      applied(applied.step());
    } else if (event instanceof CollectiveFailed failed) {
      failed(failed);
    } else if (event instanceof InputFailed failed) {
      inputFailed(failed);
    } else if (event instanceof TensorsStored stored) {
      written(
          stored.name(),
          new FromMember.Stored(self, stored.name(), stored.tensors(), stored.took()));
    } else if (event instanceof TensorsNotStored lost) {
      written(lost.name(), new FromMember.NotStored(self, lost.name(), lost.reason()));
    } else if (event instanceof Tick) {
      tick();
    }
    return List.copyOf(effects);
  }

  private void received(ToMember message) {
    if (message instanceof Ask ask) {
      asked(ask.generation());
    } else if (message instanceof Form formed) {
      formed(formed);
    } else if (message instanceof Commit decided) {
      committed(decided);
    } else if (message instanceof Heard heard) {
      unheard.remove(heard.checkpoint());
    }
  }

  private void asked(long generation) {
    boolean repeated = generation == promised && (form == null || form.generation() < generation);
    if (generation < promised || (generation == promised && !repeated)) {
      effects.add(new Send(new FromMember.Refusal(self, promised)));
      return;
    }
    promised = generation;
    if (state == State.APPLYING || state == State.SETTLING) {
      // A half-made update has no vote: the answer waits until it is whole.
      answerDue = true;
      return;
    }
    leave();
    answer();
  }

  private void leave() {
    if (state != State.OUTSIDE) {
      effects.add(new AbortCollective());
    }
    state = State.OUTSIDE;
    broken = null;
  }

  private void answer() {
    answerDue = false;
    effects.add(
        new Send(
            new FromMember.Answer(
                self, promised, entered, group, committed, held, List.copyOf(history))));
  }

  private void formed(Form formed) {
    if (formed.generation() < promised) {
      // Its coordinator waits for a generation that this member has left.
      effects.add(new Send(new FromMember.Refusal(self, promised)));
      return;
    }
    boolean expected =
        formed.generation() == promised
            && state == State.OUTSIDE
            && (form == null || form.generation() < promised)
            && formed.members().contains(self);
    if (!expected) {
      return;
    }
    form = formed;
    if (formed.newcomers().contains(self)) {
      // What it had is overwritten from here on: no vote before the new state is whole.
      enteredInto(0, List.of());
      committed = 0;
      held = Optional.empty();
      history.clear();
      enter();
      return;
    }
    if (formed.settled().isPresent() && committed == formed.settled().get().step()) {
      state = State.SETTLING;
      effects.add(new Apply(formed.settled().get()));
      return;
    }
    held = Optional.empty();
    enteredInto(formed.generation(), formed.members());
    enter();
  }

  private void enteredInto(long generation, List<MemberId> members) {
    entered = generation;
    group = members.stream().map(MemberId::name).toList();
  }

  private void enter() {
    state = State.ENTERING;
    effects.add(new Join(form, form.members().indexOf(self)));
  }

  private void joined(long generation) {
    if (state != State.ENTERING || form.generation() != generation) {
      return;
    }
    if (entered < generation) {
      enteredInto(generation, form.members());
      committed = form.nextStep();
      history.addAll(form.history());
    }
    if (!form.write().isEmpty() && form.members().indexOf(self) == 0) {
      effects.add(new StartCheckpoint(form.write(), committed));
    }
    if (form.then() == Then.CONTINUE) {
      run();
    } else {
      state = State.IDLE;
    }
  }

  private void run() {
    state = State.STEPPING;
    effects.add(new RunStep(entered, committed));
  }

  private void reduced(StepReduced reduced) {
    if (state != State.STEPPING
        || reduced.generation() != entered
        || reduced.facts().step() != committed) {
      return;
    }
    held = Optional.of(reduced.facts());
    state = State.AWAITING;
    report();
  }

  private void report() {
    effects.add(new Send(new FromMember.Reduced(self, entered, held.orElseThrow())));
  }

  private void committed(Commit decided) {
    if (state != State.AWAITING
        || decided.generation() != entered
        || decided.plan().step() != committed) {
      return;
    }
    commit = decided;
    state = State.APPLYING;
    effects.add(new Apply(decided.plan()));
  }

  private void applied(long step) {
    if ((state != State.APPLYING && state != State.SETTLING) || step != committed) {
      return;
    }
    committed++;
    history.add(held.orElseThrow().withoutInput());
    held = Optional.empty();
    boolean settling = state == State.SETTLING;
    if (settling) {
      enteredInto(form.generation(), form.members());
    } else {
      history.removeIf(facts -> facts.step() < commit.durable());
      if (!commit.checkpoint().isEmpty() && form.members().indexOf(self) == 0) {
        effects.add(new StartCheckpoint(commit.checkpoint(), committed));
      }
    }
    if (answerDue) {
      leave();
      answer();
    } else if (settling) {
      enter();
    } else if (commit.then() == Then.CONTINUE) {
      run();
    } else {
      state = State.IDLE;
    }
  }

  private void failed(CollectiveFailed failed) {
    boolean current =
        form != null
            && failed.generation() == form.generation()
            && (state == State.ENTERING || state == State.STEPPING);
    if (!current) {
      return;
    }
    state = State.BROKEN;
    broken =
        new Send(
            new FromMember.Broken(
                self,
                failed.generation(),
                failed.reason(),
                failed.damagedCheckpoint(),
                failed.suspicion()));
    effects.add(broken);
  }

  private void inputFailed(InputFailed failed) {
    if (form != null && failed.generation() == form.generation() && state == State.STEPPING) {
      state = State.BROKEN;
      broken =
          new Send(
              new FromMember.NoInput(
                  self, failed.generation(), failed.reason(), failed.exitCode()));
      effects.add(broken);
    }
  }

  private void written(CheckpointName name, FromMember word) {
    Send send = new Send(word);
    unheard.put(name, send);
    effects.add(send);
  }

  private void tick() {
    effects.addAll(unheard.values());
    if (state == State.AWAITING) {
      report();
    } else if (state == State.BROKEN) {
      effects.add(broken);
    } else if (state == State.OUTSIDE && promised > 0) {
      // Whoever asked may be gone; the coordinator of today learns that this member has left.
      answer();
    }
  }
}
