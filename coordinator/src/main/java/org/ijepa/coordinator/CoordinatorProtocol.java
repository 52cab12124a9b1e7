package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.Note;
import org.ijepa.coordinator.CoordinatorEffect.RewoundTo;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointFailed;
import org.ijepa.coordinator.CoordinatorEvent.ClaimRefused;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.coordinator.CoordinatorEvent.Confirmed;
import org.ijepa.coordinator.CoordinatorEvent.Drain;
import org.ijepa.coordinator.CoordinatorEvent.MemberFailed;
import org.ijepa.coordinator.CoordinatorEvent.MemberRemoved;
import org.ijepa.coordinator.CoordinatorEvent.MemberUnreachable;
import org.ijepa.coordinator.CoordinatorEvent.NodeAwaited;
import org.ijepa.coordinator.CoordinatorEvent.NodeKnown;
import org.ijepa.coordinator.CoordinatorEvent.Received;
import org.ijepa.coordinator.CoordinatorEvent.Registered;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.coordinator.CoordinatorEvent.Tick;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.FromMember.Refusal;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;

/**
 * The coordinator's side of the step protocol, as a pure state machine.
 *
 * <pre>
 *   gathering --a member, and nodes known--> claiming
 *   claiming  --Claimed--> confirming      (ClaimRefused: claim a higher number)
 *   confirming --Confirmed--> asking
 *   asking    --all, and enough, answered--> running    (Refusal: claim a higher number)
 *   running   --a member lost or broken--> claiming
 *   running   --commit with pause: newcomer--> claiming; stop--> draining
 *   draining  --checkpoint complete or failed--> finished
 * </pre>
 *
 * <p>A step is decided when every member of the generation has reported that it holds the reduced
 * gradient; it is written to the ledger, then told. A report of a decided step is answered with the
 * decision again.
 *
 * <p>A generation leaves a member out only when the cluster removed it. One that said itself that
 * it failed is waited for under its name; one that cannot be reached, or whose collective failed,
 * is asked. Newcomers enter at a commit, without aborting a step. A coordinator that has formed no
 * generation yet cannot know who votes: it waits for the trainers of every node that it found.
 */
public final class CoordinatorProtocol {
  private final StepPlanner planner;
  private final int minMembers;
  private final int maxFailures;
  private final int waitTicks;
  private final List<CoordinatorEffect> effects = new ArrayList<>();

  private State state = State.GATHERING;

  private final Roster roster = new Roster();

  /** Nodes whose trainers may vote and are not known yet. */
  private final Set<String> awaited = new HashSet<>();

  private long furthest;
  private final NavigableSet<CheckpointName> checkpoints;
  private final Set<CheckpointName> damaged = new HashSet<>();
  private long generation;
  private final Map<String, Answer> answers = new HashMap<>();

  private List<MemberId> group = List.of();
  private Form form;

  /** Newest generation that this coordinator formed. */
  private long formed;

  /** Generation of the checkpoint that the ledger was last taken from. */
  private long taken;

  private final Set<MemberId> heard = new HashSet<>();
  private final Map<MemberId, StepFacts> reports = new HashMap<>();
  private long step;
  private Commit lastCommit;
  private boolean regroupDue;
  private Optional<Stop> stop = Optional.empty();
  private boolean checkpointInFlight;
  private long durable;
  private long ledgerNext;

  private enum State {
    GATHERING,
    CLAIMING,
    CONFIRMING,
    ASKING,
    RUNNING,
    DRAINING,
    FINISHED
  }

  /**
   * A coordinator that knows only what is stored.
   *
   * @param minMembers members with which the run begins
   * @param maxFailures failures of a member in a row, without a step in between, that end the run
   * @param waitTicks for which a removed member is waited for; 0: the others train on
   * @param checkpoints complete ones
   * @param newestGeneration highest number claimed so far
   */
  public CoordinatorProtocol(
      StepPlanner planner,
      int minMembers,
      int maxFailures,
      int waitTicks,
      List<CheckpointName> checkpoints,
      long newestGeneration) {
    this.planner = planner;
    this.minMembers = minMembers;
    this.maxFailures = maxFailures;
    this.waitTicks = waitTicks;
    this.checkpoints = new TreeSet<>(checkpoints);
    generation = newestGeneration;
    if (!checkpoints.isEmpty()) {
      durable = this.checkpoints.last().step();
      ledgerNext = durable;
      taken = this.checkpoints.last().generation();
    }
  }

  /** Number of the generation that was claimed last. */
  public long generation() {
    return generation;
  }

  /** Next step to be decided. */
  public long step() {
    return step;
  }

  /** The state, as a word for people. */
  String phase() {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /** Whether the run ends once everything committed is saved. */
  boolean isStopping() {
    return stop.isPresent();
  }

  /** Members of the newest generation, in the order of ranks. */
  List<MemberId> members() {
    return group;
  }

  /** The complete checkpoint that counts. */
  Optional<CheckpointName> newestCheckpoint() {
    return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.last());
  }

  /** Reacts to an event. */
  public List<CoordinatorEffect> on(CoordinatorEvent event) {
    effects.clear();
    if (state == State.FINISHED) {
      return List.of();
    }
    if (event instanceof Registered registered) {
      registered(registered.member());
    } else if (event instanceof MemberFailed failed) {
      memberFailed(failed);
    } else if (event instanceof MemberRemoved removed) {
      memberRemoved(removed.name());
    } else if (event instanceof MemberUnreachable unreachable) {
      memberUnreachable(unreachable.name());
    } else if (event instanceof Received received) {
      received(received.message());
    } else if (event instanceof Claimed claimed) {
      claimed(claimed);
    } else if (event instanceof Confirmed confirmed) {
      confirmed(confirmed.generation());
    } else if (event instanceof NodeAwaited node) {
      awaited.add(node.node());
    } else if (event instanceof NodeKnown node) {
      nodeKnown(node.node());
    } else if (event instanceof ClaimRefused refused) {
      claimRefused(refused.newest());
    } else if (event instanceof CheckpointComplete complete) {
      checkpointComplete(complete.name());
    } else if (event instanceof CheckpointFailed failed) {
      checkpointFailed(failed);
    } else if (event instanceof Tick) {
      tick();
    } else if (event instanceof Drain drain) {
      drain(drain.why());
    }
    return List.copyOf(effects);
  }

  private void registered(MemberId member) {
    Optional<MemberId> known = roster.present(member.name());
    if (known.isPresent() && known.get().incarnation() >= member.incarnation()) {
      return;
    }
    roster.put(member);
    answers.remove(member.name());
    if (known.isPresent()) {
      // A new incarnation says that the old one is gone.
      lost(known.get(), member.name() + " started anew");
    }
    switch (state) {
      case GATHERING -> gather();
      case ASKING -> effects.add(new Send(member, new Ask(generation)));
      case RUNNING -> regroupDue = true;
      default -> {
        // Claiming asks everybody who is there by then; a run that ends takes nobody in.
      }
    }
  }

  private void nodeKnown(String node) {
    awaited.remove(node);
    if (state == State.GATHERING) {
      gather();
    } else if (state == State.ASKING) {
      formIfAnswered();
    }
  }

  private void gather() {
    if (!awaited.isEmpty()) {
      return;
    }
    if (!roster.present().isEmpty()) {
      claim(generation + 1);
    } else if (stop.isPresent()) {
      // Nobody remembers anything: what is stored is all there is.
      step = durable;
      finish(stop.get());
    }
  }

  private void claim(long number) {
    state = State.CLAIMING;
    checkpointInFlight = false;
    effects.add(new Claim(number));
  }

  private void claimed(Claimed claimed) {
    long number = claimed.generation();
    if (state != State.CLAIMING || number <= generation) {
      return;
    }
    generation = number;
    claimed.checkpoints().stream().filter(name -> !damaged.contains(name)).forEach(this::stored);
    state = State.CONFIRMING;
    effects.add(new Confirm(number));
  }

  private void confirmed(long number) {
    if (state != State.CONFIRMING || number != generation) {
      return;
    }
    state = State.ASKING;
    answers.clear();
    roster.present().forEach(member -> effects.add(new Send(member, new Ask(number))));
    formIfAnswered();
  }

  private void claimRefused(long newest) {
    if (state == State.CLAIMING) {
      claim(Math.max(newest, generation) + 1);
    }
  }

  private void memberFailed(MemberFailed failed) {
    MemberId member = failed.member();
    if (!roster.isPresent(member)) {
      return;
    }
    effects.add(new Note("trainer " + member.name() + " failed: " + failed.reason()));
    int count = roster.failed(member);
    if (count > maxFailures) {
      fail(
          "trainer "
              + member.name()
              + " failed "
              + count
              + " times without a step in between: "
              + failed.reason());
      return;
    }
    answers.remove(member.name());
    lost(member, "trainer " + member.name() + " failed");
  }

  private void memberRemoved(String name) {
    if (!roster.contains(name)) {
      return;
    }
    Optional<MemberId> known = roster.remove(name);
    answers.remove(name);
    if (waitTicks > 0 && stop.isEmpty()) {
      awaitReturn(name);
    }
    if (known.isPresent()) {
      lost(known.get(), name + " was removed");
    }
    if (state == State.ASKING) {
      formIfAnswered();
    }
  }

  private void awaitReturn(String name) {
    if (roster.awaitReturn(name)) {
      effects.add(new Note("waiting for trainer " + name + " to come back"));
    }
  }

  /** Time passes for those that are waited for; the run stops without one that is too late. */
  private void countAway() {
    List<String> late = roster.late(waitTicks);
    for (String name : late) {
      effects.add(new Note("trainer " + name + " did not come back"));
      stop = Optional.of(stop.orElse(Stop.NOT_BACK));
    }
    if (!late.isEmpty() && state == State.ASKING) {
      formIfAnswered();
    }
  }

  private void memberUnreachable(String name) {
    roster.present(name).ifPresent(known -> lost(known, name + " cannot be reached"));
  }

  /** Ends the running generation if the member belongs to it. */
  private void lost(MemberId member, String why) {
    if (!group.contains(member)) {
      return;
    }
    // While the last step is being saved only its writer is needed, once it has that step.
    boolean needed = lastCommit == null || (group.indexOf(member) == 0 && checkpointInFlight);
    if (state == State.RUNNING || (state == State.DRAINING && needed)) {
      regroup(why);
    }
  }

  private void regroup(String why) {
    effects.add(new Note("generation " + generation + " ends: " + why));
    regroupDue = false;
    claim(generation + 1);
  }

  private void received(FromMember message) {
    if (!roster.isPresent(message.member())) {
      return;
    }
    if (message instanceof Answer answer) {
      answered(answer);
    } else if (message instanceof Refusal refusal) {
      refused(refusal);
    } else if (message instanceof Reduced reduced) {
      reduced(reduced);
    } else if (message instanceof Broken broken) {
      broken(broken);
    }
  }

  private void refused(Refusal refusal) {
    if (refusal.promised() <= generation) {
      return;
    }
    if (state == State.ASKING) {
      claim(refusal.promised() + 1);
    } else if (state == State.RUNNING || state == State.DRAINING) {
      superseded(refusal.promised());
    }
  }

  private void answered(Answer answer) {
    if (state == State.ASKING && answer.generation() == generation) {
      answers.put(answer.member().name(), answer);
      formIfAnswered();
    } else if (answer.generation() > generation
        && (state == State.RUNNING || state == State.DRAINING)) {
      superseded(answer.generation());
    }
  }

  private void formIfAnswered() {
    boolean complete = !roster.names().isEmpty() && answers.keySet().containsAll(roster.names());
    if (!complete || (group.isEmpty() && !awaited.isEmpty())) {
      return;
    }
    try {
      Settlement settlement = Settlement.of(answers.values());
      if (waitTicks > 0 && stop.isEmpty()) {
        // A coordinator that is new learns from those that were in the run who else was.
        settlement.group().stream()
            .filter(name -> !roster.contains(name))
            .forEach(this::awaitReturn);
      }
      // A run that others have begun goes on with those that are left.
      boolean few =
          stop.isEmpty()
              && group.isEmpty()
              && settlement.voters().isEmpty()
              && roster.names().size() < minMembers;
      if (!few && roster.isComplete()) {
        form(settlement);
      }
    } catch (Settlement.Contradiction e) {
      fail(e.getMessage());
    }
  }

  private void form(Settlement settlement) {
    List<MemberId> ranks = roster.present();
    List<MemberId> newcomers = new ArrayList<>(ranks);
    // What a newer generation has stored outranks what members of an older one remember.
    boolean outranked =
        !checkpoints.isEmpty() && checkpoints.last().generation() > settlement.newest();
    boolean fromMemory = !settlement.voters().isEmpty() && !outranked;
    if (fromMemory) {
      newcomers.removeAll(settlement.voters());
    }
    if (!fromMemory && checkpoints.isEmpty() && !damaged.isEmpty()) {
      fail("every checkpoint is damaged: " + damaged);
      return;
    }
    if (fromMemory) {
      step = settlement.nextStep();
      catchUp(settlement);
    } else {
      step = checkpoints.isEmpty() ? 0 : checkpoints.last().step();
      takeOrRewind();
      ledgerNext = step;
      durable = step;
    }
    group = ranks;
    heard.clear();
    reports.clear();
    lastCommit = null;
    regroupDue = false;
    if (stop.equals(Optional.of(Stop.COMPLETE)) && step < planner.totalSteps()) {
      // The end was reached, and lost again with all who knew it.
      stop = Optional.empty();
    }
    if (step >= planner.totalSteps() && stop.isEmpty()) {
      stop = Optional.of(Stop.COMPLETE);
    }
    if (stop.isPresent() && !fromMemory) {
      // What is stored is all there is.
      finish(stop.get());
      return;
    }
    String write = "";
    if (stop.isPresent()) {
      write = new CheckpointName(step, generation).toString();
      checkpointInFlight = true;
    }
    form =
        new Form(
            generation,
            ranks,
            newcomers,
            fromMemory ? ranks.indexOf(settlement.voters().get(0)) : 0,
            step,
            fromMemory ? settlement.settled().map(planner::plan) : Optional.empty(),
            origin(fromMemory),
            fromMemory || checkpoints.isEmpty() ? "" : checkpoints.last().toString(),
            fromMemory
                ? settlement.history().stream().filter(facts -> facts.step() < step).toList()
                : List.of(),
            stop.isPresent() ? Then.PAUSE : Then.CONTINUE,
            write);
    formed = generation;
    state = stop.isPresent() ? State.DRAINING : State.RUNNING;
    effects.add(
        new Note(
            "generation "
                + generation
                + ": "
                + ranks.size()
                + " trainers, step "
                + step
                + (form.load().isEmpty() ? "" : " from " + form.load())));
    ranks.forEach(member -> effects.add(new Send(member, form)));
  }

  /** The ledger as the newest checkpoint has it. */
  private void takeOrRewind() {
    boolean foreign =
        !checkpoints.isEmpty() && checkpoints.last().generation() > Math.max(formed, taken);
    if (ledgerNext < step || foreign) {
      effects.add(new TakeLedger(checkpoints.last()));
      taken = checkpoints.last().generation();
    } else {
      effects.add(new RewoundTo(step));
    }
  }

  private Origin origin(boolean fromMemory) {
    if (fromMemory) {
      return Origin.MEMORY;
    }
    return checkpoints.isEmpty() ? Origin.INITIAL : Origin.CHECKPOINT;
  }

  /** Writes down what was decided, or is decided by this settlement, and not written yet. */
  private void catchUp(Settlement settlement) {
    long first =
        settlement.history().isEmpty() ? settlement.nextStep() : settlement.history().get(0).step();
    if (settlement.newest() != formed && ledgerNext > first) {
      // Somebody else led the members meanwhile: what they know replaces what this one wrote.
      effects.add(new RewoundTo(first));
      ledgerNext = first;
    }
    if (first > ledgerNext) {
      checkpoints.descendingSet().stream()
          .filter(name -> name.step() >= first && name.step() <= settlement.nextStep())
          .findFirst()
          .ifPresent(
              name -> {
                effects.add(new TakeLedger(name));
                taken = name.generation();
                ledgerNext = name.step();
              });
    }
    for (StepFacts facts : settlement.history()) {
      if (facts.step() == ledgerNext && facts.step() < settlement.nextStep()) {
        decide(facts);
      }
    }
    if (ledgerNext != settlement.nextStep()) {
      throw new Settlement.Contradiction(
          "the ledger ends at step "
              + ledgerNext
              + ", the members are at "
              + settlement.nextStep());
    }
  }

  private StepPlan decide(StepFacts facts) {
    StepPlan plan = planner.plan(facts);
    effects.add(new Decided(facts, plan, generation, Math.max(1, group.size())));
    ledgerNext = facts.step() + 1;
    return plan;
  }

  private void reduced(Reduced reduced) {
    boolean current = state == State.RUNNING || state == State.DRAINING;
    if (current && reduced.generation() > generation) {
      superseded(reduced.generation());
      return;
    }
    if (!current || reduced.generation() != generation || !group.contains(reduced.member())) {
      return;
    }
    heard.add(reduced.member());
    long reported = reduced.facts().step();
    if (lastCommit != null && reported == lastCommit.plan().step()) {
      effects.add(new Send(reduced.member(), lastCommit));
      return;
    }
    if (state != State.RUNNING || reported != step) {
      return;
    }
    reports.put(reduced.member(), reduced.facts());
    if (reports.size() == group.size()) {
      commit();
    }
  }

  private void commit() {
    StepFacts first = reports.get(group.get(0));
    for (MemberId member : group) {
      if (reports.get(member).digest() != first.digest()) {
        fail(
            "trainers "
                + group.get(0).name()
                + " and "
                + member.name()
                + " hold different gradients of step "
                + step);
        return;
      }
    }
    StepPlan plan = decide(StepReports.merge(group, reports));
    reports.clear();
    step++;
    if (step > furthest) {
      // Steps done again after a failure are no progress: only a new one makes the trainers good.
      furthest = step;
      roster.progressed();
    }
    if (step >= planner.totalSteps() && stop.isEmpty()) {
      stop = Optional.of(Stop.COMPLETE);
    }
    boolean pause = stop.isPresent() || regroupDue;
    boolean due = planner.checkpointDue(step) && !checkpointInFlight;
    String checkpoint = "";
    if (stop.isPresent() || due) {
      checkpoint = new CheckpointName(step, generation).toString();
      checkpointInFlight = true;
    }
    lastCommit =
        new Commit(generation, plan, pause ? Then.PAUSE : Then.CONTINUE, checkpoint, durable);
    group.forEach(member -> effects.add(new Send(member, lastCommit)));
    if (stop.isPresent()) {
      state = State.DRAINING;
    } else if (regroupDue) {
      regroup("a trainer joins");
    }
  }

  /** Another coordinator, gone or stale, formed a newer generation: the members are asked again. */
  private void superseded(long newer) {
    effects.add(new Note("generation " + generation + " was superseded by " + newer));
    regroupDue = false;
    claim(newer + 1);
  }

  private void broken(Broken broken) {
    if (state != State.RUNNING && state != State.DRAINING) {
      return;
    }
    if (broken.generation() > generation) {
      superseded(broken.generation());
      return;
    }
    if (broken.generation() < generation || (state == State.DRAINING && lastCommit != null)) {
      return;
    }
    if (!broken.damagedCheckpoint().isEmpty()) {
      CheckpointName.parse(broken.damagedCheckpoint()).ifPresent(this::setAside);
      effects.add(
          new Note(
              "checkpoint "
                  + broken.damagedCheckpoint()
                  + " is damaged ("
                  + broken.reason()
                  + "); the one before it is taken"));
    }
    regroup(broken.member().name() + ": " + broken.reason());
  }

  private void setAside(CheckpointName name) {
    damaged.add(name);
    checkpoints.remove(name);
  }

  private void stored(CheckpointName name) {
    checkpoints.add(name);
    durable = Math.max(durable, name.step());
  }

  private void checkpointComplete(CheckpointName name) {
    stored(name);
    if (name.generation() == generation) {
      checkpointInFlight = false;
      if (state == State.DRAINING && name.step() == step) {
        finish(stop.orElseThrow());
      }
    }
  }

  private void checkpointFailed(CheckpointFailed failed) {
    effects.add(new Note("checkpoint " + failed.name() + " failed: " + failed.reason()));
    if (failed.name().generation() == generation) {
      checkpointInFlight = false;
      if (state == State.DRAINING && failed.name().step() == step) {
        finish(stop.orElseThrow());
      }
    }
  }

  private void tick() {
    countAway();
    if (state == State.CONFIRMING) {
      effects.add(new Confirm(generation));
    } else if (state == State.ASKING) {
      for (MemberId member : roster.present()) {
        if (!answers.containsKey(member.name())) {
          effects.add(new Send(member, new Ask(generation)));
        }
      }
    } else if (state == State.RUNNING || state == State.DRAINING) {
      for (MemberId member : group) {
        if (!heard.contains(member)) {
          effects.add(new Send(member, form));
        }
      }
    }
  }

  private void drain(Stop why) {
    if (stop.isEmpty()) {
      stop = Optional.of(why);
    }
    roster.awaitNobody();
    if (state == State.GATHERING) {
      gather();
    } else if (state == State.ASKING) {
      formIfAnswered();
    }
  }

  private void finish(Stop why) {
    state = State.FINISHED;
    effects.add(new Finished(why, durable >= step));
  }

  private void fail(String reason) {
    state = State.FINISHED;
    effects.add(new Fail(reason));
  }
}
