package org.ijepa.coordinator;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.Tell;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.coordinator.CoordinatorEvent.Confirmed;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.run.Happening.LeftOut;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Form;

/**
 * How the coordinator comes from one generation to the next: claims a number, has it confirmed that
 * it leads, asks everybody, and settles on where to go on.
 *
 * <pre>
 *   gathering --a member, and nodes known--> claiming
 *   pausing   --ticks, or somebody of the generation lost--> claiming
 *   claiming  --Claimed--> confirming      (ClaimRefused: claim a higher number)
 *   confirming --Confirmed--> asking
 *   asking    --all, and enough, answered--> settled    (Refusal: claim a higher number)
 *   asking    --the cluster removed somebody--> confirming, as this node may be the one removed
 * </pre>
 */
final class Regrouping {
  private final StepPlanner planner;
  private final Attendance attendance;
  private final Crew crew;
  private final Chronicle chronicle;
  private final Progress progress;
  private final Setbacks setbacks;
  private final List<CoordinatorEffect> effects;

  private Phase phase = Phase.GATHERING;
  private long generation;

  /** How often the generation was to be confirmed. */
  private int confirms;

  /** Number that is claimed after the pause, and what is left of the pause. */
  private long next;

  private int pauseTicks;
  private Optional<Form> form = Optional.empty();

  /** Whether the store is asked anew for a checkpoint that voters know of. */
  private boolean lookedAgain;

  private enum Phase {
    GATHERING,
    PAUSING,
    CLAIMING,
    CONFIRMING,
    ASKING,
    SETTLED
  }

  /**
   * Nobody is there yet.
   *
   * @param newest highest number claimed so far
   * @param effects list that is added to
   */
  Regrouping(
      StepPlanner planner,
      Attendance attendance,
      Crew crew,
      Chronicle chronicle,
      Progress progress,
      Setbacks setbacks,
      long newest,
      List<CoordinatorEffect> effects) {
    this.planner = planner;
    this.attendance = attendance;
    this.crew = crew;
    this.chronicle = chronicle;
    this.progress = progress;
    this.setbacks = setbacks;
    this.effects = effects;
    generation = newest;
  }

  /** Number of the generation that was claimed last. */
  long generation() {
    return generation;
  }

  /** Where it stands, as a word for people. */
  String phase() {
    return phase.name().toLowerCase(Locale.ROOT);
  }

  /** The generation that was settled on; empty: not yet, or the run is over. */
  Optional<Form> form() {
    return form;
  }

  /**
   * Begins to regroup under a number, but not yet: so that what fails again and again does so
   * seldom, and all have the time to say what they saw.
   */
  void claimAfter(int ticks, long number) {
    if (ticks == 0 || progress.stop().isPresent()) {
      claim(number);
      return;
    }
    phase = Phase.PAUSING;
    form = Optional.empty();
    next = number;
    pauseTicks = ticks;
  }

  /** What was waited for cannot come any more, or there is something else to do. */
  void endPause() {
    if (phase == Phase.PAUSING) {
      claim(next);
    }
  }

  /** Begins to regroup, or begins again, under a number. */
  void claim(long number) {
    phase = Phase.CLAIMING;
    form = Optional.empty();
    progress.generationLeft();
    effects.add(new Claim(number));
  }

  /** A member is there that was not before. */
  void arrived(MemberId member) {
    if (phase == Phase.ASKING) {
      effects.add(new Send(member, new Ask(generation)));
    } else {
      lookAgain();
    }
  }

  /** Who is there, or waited for, has changed. */
  void lookAgain() {
    if (phase == Phase.PAUSING && progress.stop().isPresent()) {
      endPause();
    } else if (phase == Phase.GATHERING) {
      gather();
    } else if (phase == Phase.ASKING) {
      formIfAnswered();
    }
  }

  private void gather() {
    if (!attendance.knowsAll()) {
      return;
    }
    if (!attendance.present().isEmpty()) {
      claim(generation + 1);
    } else if (progress.stop().isPresent()) {
      // Nobody remembers anything: what is stored is all there is.
      progress.standsAt(chronicle.durable());
      finish();
    }
  }

  void claimed(Claimed claimed) {
    long number = claimed.generation();
    if (phase == Phase.CLAIMING && number > generation) {
      generation = number;
      chronicle.found(claimed.checkpoints());
      attendance.askAnew();
      confirms = 0;
      confirm();
    }
  }

  private void confirm() {
    phase = Phase.CONFIRMING;
    confirms++;
    effects.add(new Confirm(generation, confirms));
  }

  /**
   * The cluster removed somebody who need not answer any more; and so it seems to a node that was
   * removed itself, of all others.
   */
  void removed() {
    if (isAsked()) {
      confirm();
    } else {
      lookAgain();
    }
  }

  void claimRefused(long newest) {
    if (phase == Phase.CLAIMING) {
      claim(Math.max(newest, generation) + 1);
    }
  }

  void confirmed(Confirmed confirmed) {
    if (phase == Phase.CONFIRMING
        && confirmed.generation() == generation
        && confirmed.time() == confirms) {
      phase = Phase.ASKING;
      ask(attendance.silent());
      formIfAnswered();
    }
  }

  private void ask(List<MemberId> members) {
    members.forEach(member -> effects.add(new Send(member, new Ask(generation))));
  }

  void answered(Answer answer) {
    if (isAsked() && answer.generation() == generation) {
      attendance.answered(answer);
      lookAgain();
    }
  }

  private boolean isAsked() {
    return phase == Phase.ASKING || phase == Phase.CONFIRMING;
  }

  /** A member has promised a higher number to somebody else. */
  void refused(long promised) {
    if (isAsked() && promised > generation) {
      claim(promised + 1);
    }
  }

  /** Waits for those who were in the run and are not there, if the run is one that waits. */
  void awaitReturn(List<String> names) {
    if (!attendance.waits() || progress.stop().isPresent()) {
      return;
    }
    for (String name : names) {
      if (!attendance.contains(name) && attendance.awaitReturn(name)) {
        effects.add(Tell.note("waiting for trainer " + name + " to come back"));
      }
    }
  }

  /** Time passes for those that are waited for; the run stops without one that is too late. */
  void countAway() {
    List<String> late = attendance.late();
    for (String name : late) {
      effects.add(Tell.note("trainer " + name + " did not come back"));
      progress.stopFor(Stop.NOT_BACK);
    }
    if (!late.isEmpty()) {
      lookAgain();
    }
  }

  /** Says again what may have been lost. */
  void repeat() {
    if (phase == Phase.PAUSING && --pauseTicks <= 0) {
      endPause();
    } else if (phase == Phase.CONFIRMING) {
      effects.add(new Confirm(generation, confirms));
    } else if (phase == Phase.ASKING) {
      ask(attendance.silent());
    }
  }

  private void formIfAnswered() {
    try {
      Optional<Settlement> settlement = attendance.settlement(crew.isEmpty());
      // A coordinator that is new learns from those that were in the run who else was.
      settlement.ifPresent(settled -> awaitReturn(settled.group()));
      boolean first = crew.isEmpty() && progress.stop().isEmpty();
      settlement.filter(settled -> attendance.isEnough(first, settled)).ifPresent(this::settle);
    } catch (Settlement.Contradiction e) {
      effects.add(new Fail(e.getMessage()));
    }
  }

  private void settle(Settlement settlement) {
    // What a newer generation has stored outranks what members of an older one remember.
    boolean remembered = !settlement.voters().isEmpty() && !chronicle.outranks(settlement.newest());
    boolean lacks = remembered && chronicle.lacks(settlement);
    if (lacks && !lookedAgain) {
      // The next claim shows it.
      lookedAgain = true;
      claim(generation + 1);
      return;
    }
    lookedAgain = false;
    // What members remember is lost where the checkpoint before it is damaged.
    remembered = remembered && !(lacks && chronicle.hasDamaged());
    phase = Phase.SETTLED;
    if (settlement.newest() == crew.generation() && settlement.nextStep() > progress.step()) {
      // The last sum had come to its end for all: what failed came later.
      setbacks.stepped(crew.members());
    }
    judge(remembered ? settlement.voters() : List.of());
    if (remembered) {
      remember(settlement);
    } else if (chronicle.hasOnlyDamaged()) {
      effects.add(new Fail("every checkpoint is damaged: " + chronicle.damaged()));
    } else {
      goBack();
    }
  }

  /** Who is left out from here on, or whether the run has to stop, as sums failed before. */
  private void judge(List<MemberId> voters) {
    if (crew.isEmpty() || progress.stop().isPresent()) {
      return;
    }
    Setbacks.Verdict verdict =
        setbacks.judge(crew.form().orElseThrow(), attendance.present(), voters);
    verdict
        .leftOut()
        .forEach(member -> effects.add(new Tell(new LeftOut(member.name(), verdict.why()))));
    verdict.letIn().forEach(member -> effects.add(letIn(member)));
    if (verdict.isHopeless()) {
      effects.add(Tell.note("the run stops: " + verdict.why()));
      progress.stopFor(Stop.NO_SUM);
    } else if (!verdict.why().isEmpty() && verdict.leftOut().isEmpty()) {
      effects.add(Tell.note(verdict.why() + "; trying on (cluster.on-loss = wait)"));
    }
  }

  static Tell letIn(MemberId member) {
    return Tell.note("trainer " + member.name() + " is let in again");
  }

  /** Those of the next generation, in the order of ranks. */
  private List<MemberId> ranks(List<MemberId> voters) {
    if (progress.stop().isPresent() && !voters.isEmpty()) {
      // What is to be saved they have; nobody needs to be told, by sums that may fail.
      return voters;
    }
    List<MemberId> needed = voters.isEmpty() ? attendance.present() : voters;
    if (needed.stream().allMatch(setbacks::isLeftOut)) {
      setbacks.letIn(needed);
    }
    return attendance.present().stream().filter(member -> !setbacks.isLeftOut(member)).toList();
  }

  private void remember(Settlement settlement) {
    progress.goesOnAt(settlement.nextStep(), chronicle.durable());
    chronicle.catchUp(settlement, crew.generation(), generation, crew.worldSize());
    List<MemberId> ranks = ranks(settlement.voters());
    form =
        Optional.of(
            Forms.remembered(
                generation,
                ranks,
                settlement,
                planner,
                progress.then(),
                progress.lastCheckpoint(generation, ranks.get(0))));
  }

  private void goBack() {
    long stored = chronicle.goBack(crew.generation());
    progress.goesOnAt(stored, stored);
    if (progress.stop().isPresent()) {
      // What is stored is all there is.
      finish();
    } else {
      form = Optional.of(Forms.stored(generation, ranks(List.of()), chronicle.newest()));
    }
  }

  private void finish() {
    effects.add(progress.finished(chronicle.durable()));
  }
}
