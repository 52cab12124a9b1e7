package org.ijepa.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Complete;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.RewoundTo;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.coordinator.CoordinatorEffect.Tell;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.FromMember.NoInput;
import org.ijepa.trainer.FromMember.NotStored;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.FromMember.Refusal;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Heard;

/**
 * The last events of a schedule. They become text only if somebody reads them: nearly all schedules
 * end well, and their making would take longer than the schedules.
 */
final class SimulatedTrace {
  private static final int LINES = 150;

  private final Deque<Line> lines = new ArrayDeque<>();
  private long events;

  /**
   * One of them.
   *
   * @param what a message, an effect, or words
   */
  private record Line(long event, String who, Object what) {
    boolean says(String its, Object same) {
      return who.equals(its) && what.equals(same);
    }
  }

  /** Another event begins. */
  void next() {
    events++;
  }

  /** Somebody does something; what is done again and again stands there once. */
  void add(String who, Object what) {
    Line last = lines.peekLast();
    if (last != null && last.says(who, what)) {
      return;
    }
    lines.addLast(new Line(events, who, what));
    if (lines.size() > LINES) {
      lines.removeFirst();
    }
  }

  /** Number of the event, who did it, and what: a line each. */
  @Override
  public String toString() {
    return lines.stream()
        .map(line -> "%6d  %-14s %s".formatted(line.event(), line.who(), text(line.what())))
        .collect(Collectors.joining("\n"));
  }

  private static String text(Object what) {
    if (what instanceof Answer answer) {
      return "answers generation %d: entered %d, %s%s, remembers %s"
          .formatted(
              answer.generation(),
              answer.entered(),
              "next step " + answer.committed(),
              answer.held().isPresent() ? " whose gradient it holds" : "",
              steps(answer.history()));
    } else if (what instanceof Refusal refusal) {
      return "refuses: it has promised generation " + refusal.promised();
    } else if (what instanceof Reduced reduced) {
      return "holds the gradient of step %d in generation %d"
          .formatted(reduced.facts().step(), reduced.generation());
    } else if (what instanceof Broken broken) {
      return "says that generation %d broke: %s, %s is %s"
          .formatted(
              broken.generation(),
              broken.reason(),
              broken.suspicion().name(),
              broken.suspicion().symptom());
    } else if (what instanceof NoInput without) {
      return "has no input in generation " + without.generation();
    } else if (what instanceof Stored stored) {
      return "says that the tensors of " + stored.name() + " are stored";
    } else if (what instanceof NotStored broken) {
      return "says that the tensors of " + broken.name() + " are not stored";
    } else if (what instanceof Heard heard) {
      return "has heard of the tensors of " + heard.checkpoint();
    } else if (what instanceof Ask ask) {
      return "asks for generation " + ask.generation();
    } else if (what instanceof Form form) {
      return "forms generation %d of %s, newcomers %s, next step %d, state from %s %s"
          .formatted(
              form.generation(),
              names(form.members()),
              names(form.newcomers()),
              form.nextStep(),
              form.origin(),
              form.load());
    } else if (what instanceof Commit commit) {
      return "commits step %d in generation %d, then %s %s"
          .formatted(commit.plan().step(), commit.generation(), commit.then(), commit.checkpoint());
    }
    return what instanceof CoordinatorEffect effect ? text(effect) : what.toString();
  }

  private static String text(CoordinatorEffect effect) {
    if (effect instanceof Claim claim) {
      return "claims generation " + claim.generation();
    } else if (effect instanceof Confirm confirm) {
      return "asks the nodes whether it leads, for generation " + confirm.generation();
    } else if (effect instanceof Decided decided) {
      return "writes step %d into the ledger".formatted(decided.facts().step());
    } else if (effect instanceof RewoundTo rewound) {
      return "rewinds the ledger to step " + rewound.step();
    } else if (effect instanceof TakeLedger take) {
      return "takes the ledger of " + take.checkpoint();
    } else if (effect instanceof Complete complete) {
      return "completes " + complete.stored().name();
    } else if (effect instanceof Tell tell) {
      return "tells: " + tell.what().text();
    } else if (effect instanceof Finished finished) {
      return "is done: %s, %s".formatted(finished.why(), finished.saved() ? "saved" : "not saved");
    }
    return effect instanceof Fail fail ? "gives up: " + fail.reason() : effect.toString();
  }

  private static String steps(List<StepFacts> history) {
    return history.isEmpty()
        ? "nothing"
        : "steps " + history.get(0).step() + " to " + history.get(history.size() - 1).step();
  }

  private static List<String> names(List<MemberId> members) {
    return members.stream().map(MemberId::name).toList();
  }
}
