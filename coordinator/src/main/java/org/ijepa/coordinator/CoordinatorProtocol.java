package org.ijepa.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Complete;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.Tell;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointDamaged;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointFailed;
import org.ijepa.coordinator.CoordinatorEvent.ClaimRefused;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.coordinator.CoordinatorEvent.Confirmed;
import org.ijepa.coordinator.CoordinatorEvent.Drain;
import org.ijepa.coordinator.CoordinatorEvent.MemberFailed;
import org.ijepa.coordinator.CoordinatorEvent.MemberGaveUp;
import org.ijepa.coordinator.CoordinatorEvent.MemberRemoved;
import org.ijepa.coordinator.CoordinatorEvent.MemberUnreachable;
import org.ijepa.coordinator.CoordinatorEvent.NodeAwaited;
import org.ijepa.coordinator.CoordinatorEvent.NodeKnown;
import org.ijepa.coordinator.CoordinatorEvent.Received;
import org.ijepa.coordinator.CoordinatorEvent.Registered;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.coordinator.CoordinatorEvent.Tick;
import org.ijepa.failure.ExitCode;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.Happening.GenerationEnded;
import org.ijepa.run.RunMember;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.FromMember.NoInput;
import org.ijepa.trainer.FromMember.NotStored;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.FromMember.Refusal;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Heard;
import org.ijepa.trainer.ToMember.Then;

/**
 * The coordinator's side of the step protocol, as a pure state machine.
 *
 * <pre>
 *   regrouping --settled--> running; draining if the run is to stop    (see {@link Regrouping})
 *   running    --a member lost or broken--> regrouping, after a pause if sums fail again and again
 *   running    --commit with pause: newcomer--> regrouping; stop--> draining
 *   draining   --checkpoint complete or failed--> finished
 *   draining   --its writer lost, or a member that lacks the last step--> regrouping
 * </pre>
 *
 * <p>A step is decided when every member of the generation has reported that it holds the reduced
 * gradient; it is written to the ledger, then told. A report of a decided step is answered with the
 * decision again.
 *
 * <p>A generation leaves a member out only when the cluster removed it, or, though it is asked as
 * everybody is, when {@link Setbacks} has it that others cannot sum with it. One that said itself
 * that it failed is waited for under its name; one that cannot be reached, or whose collective
 * failed, is asked. Newcomers enter at a commit, without aborting a step. A coordinator that has
 * formed no generation yet cannot know who votes: it waits for the trainers of every node that it
 * found.
 */
public final class CoordinatorProtocol {
  private final ProtocolRules rules;
  private final List<CoordinatorEffect> effects = new ArrayList<>();
  private final Attendance attendance;
  private final Crew crew = new Crew();
  private final Chronicle chronicle;
  private final Progress progress;
  private final Setbacks setbacks;
  private final Regrouping regrouping;

  private State state = State.REGROUPING;
  private boolean regroupDue;

  private enum State {
    REGROUPING,
    RUNNING,
    DRAINING,
    FINISHED
  }

  /**
   * A coordinator that knows only what is stored.
   *
   * @param checkpoints complete ones
   * @param newestGeneration highest number claimed so far
   */
  public CoordinatorProtocol(
      StepPlanner planner,
      ProtocolRules rules,
      List<CheckpointName> checkpoints,
      long newestGeneration) {
    this.rules = rules;
    attendance = new Attendance(rules);
    chronicle = new Chronicle(planner, checkpoints, rules.messageBytes(), effects);
    progress = new Progress(planner);
    setbacks = new Setbacks(rules);
    regrouping =
        new Regrouping(
            planner, attendance, crew, chronicle, progress, setbacks, newestGeneration, effects);
  }

  /** Number of the generation that was claimed last. */
  public long generation() {
    return regrouping.generation();
  }

  /** Next step to be decided. */
  public long step() {
    return progress.step();
  }

  /** The state, as a word for people. */
  String phase() {
    return state == State.REGROUPING ? regrouping.phase() : state.name().toLowerCase(Locale.ROOT);
  }

  /** Whether the run ends once everything committed is saved. */
  boolean isStopping() {
    return progress.stop().isPresent();
  }

  /** Members of the newest generation, in the order of ranks. */
  List<MemberId> members() {
    return crew.members();
  }

  /** Members that are there, and left out as others could not sum with them. */
  List<MemberId> leftOut() {
    return attendance.present().stream().filter(setbacks::isLeftOut).toList();
  }

  /** What each trainer is at that is there or waited for, by its name. */
  SortedMap<String, RunMember.State> trainers() {
    SortedMap<String, RunMember.State> states = new TreeMap<>();
    attendance.names().forEach(name -> states.put(name, state(attendance.present(name))));
    return states;
  }

  private RunMember.State state(Optional<MemberId> present) {
    if (present.isEmpty()) {
      return RunMember.State.AWAY;
    }
    if (setbacks.isLeftOut(present.get())) {
      return RunMember.State.LEFT_OUT;
    }
    boolean sums = state != State.REGROUPING && crew.contains(present.get());
    return sums ? RunMember.State.TRAINING : RunMember.State.JOINING;
  }

  /** What failed last of all sums, in a line; empty as long as nothing has. */
  String setback() {
    return setbacks.text();
  }

  /** Why no trainer can go on, if that is why the run stops. */
  Optional<Fail> failure() {
    return progress.failure();
  }

  /** The complete checkpoint that counts. */
  Optional<CheckpointName> newestCheckpoint() {
    return chronicle.newest();
  }

  /** Reacts to an event. */
  public List<CoordinatorEffect> on(CoordinatorEvent event) {
    effects.clear();
    if (state == State.FINISHED && !(event instanceof CheckpointDamaged)) {
      return List.of();
    }
    if (event instanceof Registered registered) {
      registered(registered.member());
    } else if (event instanceof MemberFailed failed) {
      memberFailed(failed);
    } else if (event instanceof MemberGaveUp gone) {
      effects.add(Tell.note(gone.reason()));
      endWithout(gone.member(), new Fail(gone.exitCode(), gone.reason()));
    } else if (event instanceof MemberRemoved removed) {
      memberRemoved(removed.name());
    } else if (event instanceof MemberUnreachable unreachable) {
      memberUnreachable(unreachable.name());
    } else if (event instanceof Received received) {
      received(received.message());
    } else if (event instanceof Claimed claimed) {
      regrouping.claimed(claimed);
    } else if (event instanceof Confirmed confirmed) {
      regrouping.confirmed(confirmed);
    } else if (event instanceof NodeAwaited node) {
      attendance.await(node.node());
    } else if (event instanceof NodeKnown node) {
      nodeKnown(node.node());
    } else if (event instanceof ClaimRefused refused) {
      regrouping.claimRefused(refused.newest());
    } else if (event instanceof CheckpointComplete complete) {
      checkpointComplete(complete.name());
    } else if (event instanceof CheckpointFailed failed) {
      checkpointFailed(failed);
    } else if (event instanceof CheckpointDamaged damaged) {
      checkpointDamaged(damaged);
    } else if (event instanceof Tick) {
      tick();
    } else if (event instanceof Drain drain) {
      drain(drain.why());
    }
    if (state == State.REGROUPING) {
      regrouping.form().ifPresent(this::begin);
    }
    if (effects.stream().anyMatch(CoordinatorEffect::isEnd)) {
      state = State.FINISHED;
    }
    return List.copyOf(effects);
  }

  private void registered(MemberId member) {
    Optional<MemberId> known = attendance.present(member.name());
    if (!attendance.arrived(member)) {
      return;
    }
    if (known.isPresent()) {
      // A new incarnation says that the old one is gone.
      lost(known.get(), member.name() + " started anew");
    }
    if (state == State.RUNNING && !setbacks.isLeftOut(member)) {
      regroupDue = true;
    } else if (state == State.REGROUPING) {
      regrouping.arrived(member);
    }
  }

  private void nodeKnown(String node) {
    attendance.known(node);
    lookAgain();
  }

  private void lookAgain() {
    if (state == State.REGROUPING) {
      regrouping.lookAgain();
    }
  }

  private void memberFailed(MemberFailed failed) {
    MemberId member = failed.member();
    if (!attendance.isPresent(member)) {
      return;
    }
    effects.add(Tell.note("trainer " + member.name() + " failed: " + failed.reason()));
    int count = attendance.failed(member);
    if (count > rules.maxFailures()) {
      endWithout(
          member,
          new Fail(
              "trainer "
                  + member.name()
                  + " failed "
                  + count
                  + " times without a step in between: "
                  + failed.reason()));
      return;
    }
    lost(member, "trainer " + member.name() + " failed");
  }

  /** The run ends as a trainer, whose state is gone, cannot go on; what others have is saved. */
  private void endWithout(MemberId member, Fail why) {
    if (attendance.present(member.name()).map(member::equals).orElse(true)) {
      attendance.removed(member.name());
    }
    attendance.awaitNobody();
    progress.stopFor(why);
    if (attendance.present().isEmpty() && attendance.knowsAll()) {
      effects.add(why);
      return;
    }
    lost(member, "trainer " + member.name() + " cannot go on");
    lookAgain();
  }

  private void memberRemoved(String name) {
    if (!attendance.contains(name)) {
      return;
    }
    Optional<MemberId> known = attendance.removed(name);
    regrouping.awaitReturn(List.of(name));
    if (known.isPresent()) {
      lost(known.get(), name + " was removed");
    }
    if (state == State.REGROUPING) {
      regrouping.removed();
    }
  }

  private void memberUnreachable(String name) {
    attendance.present(name).ifPresent(known -> lost(known, name + " cannot be reached"));
  }

  /** Ends the running generation if the member belongs to it. */
  private void lost(MemberId member, String why) {
    if (!crew.contains(member)) {
      return;
    }
    if (state == State.REGROUPING) {
      regrouping.endPause();
      return;
    }
    // While the last step is being saved only its writer is needed, once it has that step.
    boolean needed = !crew.hasCommitted() || (crew.isWriter(member) && progress.isWriting());
    if (state == State.RUNNING || (state == State.DRAINING && needed)) {
      regroup(why);
    }
  }

  private void regroup(String why) {
    regroup(why, generation() + 1);
  }

  private void regroup(String why, long number) {
    regroup(why, number, 0);
  }

  private void regroup(String why, long number, int pauseTicks) {
    effects.add(new Tell(new GenerationEnded(generation(), why)));
    state = State.REGROUPING;
    regroupDue = false;
    regrouping.claimAfter(pauseTicks, number);
  }

  private void received(FromMember message) {
    if (!attendance.isPresent(message.member())) {
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
    } else if (message instanceof NoInput without) {
      noInput(without);
    } else if (message instanceof Stored stored) {
      stored(stored);
    } else if (message instanceof NotStored broken) {
      notStored(broken);
    }
  }

  private void refused(Refusal refusal) {
    if (state == State.REGROUPING) {
      regrouping.refused(refusal.promised());
    } else if (refusal.promised() > generation()) {
      superseded(refusal.promised());
    }
  }

  private void answered(Answer answer) {
    if (state == State.REGROUPING) {
      regrouping.answered(answer);
    } else if (answer.generation() > generation()) {
      superseded(answer.generation());
    }
  }

  private void begin(Form form) {
    crew.form(form);
    progress.generationFormed(form.members());
    regroupDue = false;
    state = progress.stop().isPresent() ? State.DRAINING : State.RUNNING;
    effects.add(
        new Tell(
            new GenerationBegan(
                form.generation(), form.members().size(), form.nextStep(), form.load())));
    form.members().forEach(member -> effects.add(new Send(member, form)));
  }

  private void reduced(Reduced reduced) {
    boolean current = state != State.REGROUPING;
    if (current && reduced.generation() > generation()) {
      superseded(reduced.generation());
      return;
    }
    MemberId member = reduced.member();
    if (!current || reduced.generation() != generation() || !crew.contains(member)) {
      return;
    }
    crew.heard(member);
    Optional<Commit> decided = crew.decided(reduced.facts().step());
    if (decided.isPresent()) {
      effects.add(new Send(member, decided.get()));
    } else if (isStepUnderWay(reduced) && crew.report(reduced)) {
      commit(member);
    }
  }

  private boolean isStepUnderWay(Reduced reduced) {
    return state == State.RUNNING && reduced.facts().step() == progress.step();
  }

  private void commit(MemberId last) {
    Optional<MemberId> dissenter = crew.dissenter();
    if (dissenter.isPresent()) {
      fail(
          "trainers "
              + crew.members().get(0).name()
              + " and "
              + dissenter.get().name()
              + " hold different gradients of step "
              + progress.step());
      return;
    }
    StepPlan plan = chronicle.decide(crew.merged(), generation(), crew.worldSize());
    setbacks.stepped(crew.members());
    if (progress.advance()) {
      // Only a new step makes those good that failed before it.
      attendance.progressed();
    }
    boundRemembered(chronicle.sinceStored());
    String checkpoint = progress.checkpoint(generation(), crew.members().get(0));
    Then then = regroupDue ? Then.PAUSE : progress.then();
    effects.addAll(
        crew.commit(new Commit(generation(), plan, then, checkpoint, chronicle.durable()), last));
    if (progress.stop().isPresent()) {
      state = State.DRAINING;
    } else if (regroupDue) {
      regroup("a trainer joins");
    }
  }

  /** What members remember has to go into a message: else no other generation could be formed. */
  private void boundRemembered(Remembered remembered) {
    if (remembered.isFull()) {
      progress.stopFor(
          new Fail(
              ExitCode.INTERRUPTED,
              "no checkpoint was written for "
                  + remembered.steps()
                  + " steps, which is as many as trainers can tell each other of; mend what"
                  + " hinders it, then the same command goes on"));
    } else if (remembered.wantsCheckpoint() && progress.wantCheckpoint()) {
      effects.add(
          Tell.note(
              "a checkpoint is written out of turn: the last one is "
                  + remembered.steps()
                  + " steps ago (checkpoint.every-steps), and trainers cannot tell each other of"
                  + " many more"));
    }
  }

  /** Another coordinator, gone or stale, formed a newer generation: the members are asked again. */
  private void superseded(long newer) {
    regroup("superseded by " + newer, newer + 1);
  }

  private void broken(Broken broken) {
    if (broken.generation() == crew.generation() && crew.contains(broken.member())) {
      // Also once it has ended: what others saw of it comes later.
      setbacks.reported(broken);
    }
    if (state == State.REGROUPING) {
      return;
    }
    if (broken.generation() > generation()) {
      superseded(broken.generation());
      return;
    }
    if (broken.generation() < generation() || (state == State.DRAINING && crew.hasCommitted())) {
      return;
    }
    if (!broken.damagedCheckpoint().isEmpty()) {
      CheckpointName.parse(broken.damagedCheckpoint()).ifPresent(chronicle::setAside);
      effects.add(
          Tell.note(
              "checkpoint "
                  + broken.damagedCheckpoint()
                  + " is damaged ("
                  + broken.reason()
                  + "); the one before it is taken"));
    }
    int pauseTicks = broken.damagedCheckpoint().isEmpty() ? setbacks.failed() : 0;
    regroup(broken.member().name() + ": " + broken.reason(), generation() + 1, pauseTicks);
  }

  /** The run ends with what all have committed, which a member without input has as well. */
  private void noInput(NoInput without) {
    if (state != State.RUNNING || without.generation() < generation()) {
      return;
    }
    if (without.generation() > generation()) {
      superseded(without.generation());
      return;
    }
    effects.add(Tell.note(without.reason()));
    progress.stopFor(new Fail(without.exitCode(), without.reason()));
    attendance.awaitNobody();
    if (progress.step() == 0) {
      // There is nothing to save.
      finish();
    } else {
      regroup("trainer " + without.member().name() + " has no input");
    }
  }

  /** A checkpoint's tensors are stored: it is completed, once, by who has its ledger. */
  private void stored(Stored stored) {
    CheckpointName name = stored.name();
    if (!mayHear(name)) {
      return;
    }
    if (state == State.REGROUPING && !chronicle.covers(name)) {
      // What its ledger lacks, members may yet remember; else it is void. It is said again.
      return;
    }
    if (chronicle.heard(name)) {
      if (!chronicle.covers(name)) {
        written(name);
        effects.add(
            Tell.note("checkpoint " + name + " failed: the run went on from an earlier step"));
      } else if (chronicle.isOld(name)) {
        written(name);
      } else {
        effects.add(new Complete(stored));
      }
    }
    effects.add(new Send(stored.member(), new Heard(name)));
  }

  private void notStored(NotStored broken) {
    CheckpointName name = broken.name();
    if (mayHear(name)) {
      effects.add(new Send(broken.member(), new Heard(name)));
      if (chronicle.heard(name)) {
        checkpointFailed(new CheckpointFailed(name, broken.reason()));
      }
    }
  }

  /**
   * Only who formed a checkpoint's generation, or a newer one, may hear of it: who leads may still
   * wait for what one that was replaced has heard.
   */
  private boolean mayHear(CheckpointName name) {
    return name.generation() <= crew.generation();
  }

  private void checkpointComplete(CheckpointName name) {
    chronicle.stored(name);
    written(name);
  }

  private void checkpointFailed(CheckpointFailed failed) {
    effects.add(Tell.note("checkpoint " + failed.name() + " failed: " + failed.reason()));
    written(failed.name());
  }

  private void checkpointDamaged(CheckpointDamaged damaged) {
    chronicle.setAside(damaged.name());
    chronicle.hasOnly(damaged.steps());
    if (state != State.REGROUPING) {
      // The generation that was to begin with it, or the end that was to be told with it.
      crew.disband();
      regroup("checkpoint " + damaged.name() + " is damaged");
    }
  }

  /** The writing of a checkpoint is over, whether or not it was stored. */
  private void written(CheckpointName name) {
    progress.written(name, chronicle.durable());
    boolean isLast = name.generation() == generation() && name.step() == progress.step();
    if (state == State.DRAINING && isLast) {
      finish();
    }
  }

  private void tick() {
    regrouping.countAway();
    countSetbacks();
    if (progress.isSlow(rules.slowTicks())) {
      progress.writing().ifPresent(this::tellSlow);
    }
    if (state == State.REGROUPING) {
      regrouping.repeat();
    } else {
      effects.addAll(crew.formAgain());
    }
  }

  private void tellSlow(Progress.Writing writing) {
    effects.add(
        Tell.note(
            "checkpoint "
                + writing.name()
                + " is being written for minutes, by trainer "
                + writing.writer().name()
                + " (rank 0): until that has come to its end no other one is begun"));
  }

  /** Time passes for those that are left out, and for a run that tries on. */
  private void countSetbacks() {
    Set<String> back = setbacks.tick();
    List<MemberId> present = back.isEmpty() ? List.of() : attendance.present();
    for (MemberId member : present) {
      if (back.contains(member.endpoint())) {
        effects.add(Regrouping.letIn(member));
        regroupDue |= state == State.RUNNING;
      }
    }
    if (setbacks.isLate()) {
      effects.add(Tell.note("the run stops: " + setbacks.text()));
      drain(Stop.NO_SUM);
    }
  }

  private void drain(Stop why) {
    progress.stopFor(why);
    attendance.awaitNobody();
    lookAgain();
  }

  private void finish() {
    effects.add(progress.finished(chronicle.durable()));
  }

  private void fail(String reason) {
    effects.add(new Fail(reason));
  }
}
