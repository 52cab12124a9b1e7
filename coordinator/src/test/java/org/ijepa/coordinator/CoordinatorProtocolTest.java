package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Complete;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
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
import org.ijepa.run.RunMember.State;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.trainer.CheckpointSeconds;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.NoInput;
import org.ijepa.trainer.FromMember.NotStored;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.StepPlan;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Commit;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Heard;
import org.ijepa.trainer.ToMember.Origin;
import org.junit.jupiter.api.Test;

/** What the random schedules of the simulation meet too rarely. */
class CoordinatorProtocolTest {
  private static final MemberId A = new MemberId("a", 1, "");
  private static final MemberId B = new MemberId("b", 1, "");
  private static final MemberId B_AGAIN = new MemberId("b", 2, "");
  private static final int WAIT_TICKS = 5;
  private static final int SLOW_TICKS = 7;

  /** Of 16 steps; no more than 12 are waited for. */
  private static final long MESSAGE_BYTES = 16 * 80;

  private static final Backoff BACKOFF = new Backoff(2, 16, 4, 100);

  private final List<CoordinatorEffect> effects = new ArrayList<>();
  private CoordinatorProtocol protocol;

  private static final class Planner implements StepPlanner {
    @Override
    public StepPlan plan(StepFacts facts) {
      return new StepPlan(facts.step(), 1e-3, 0.05, 0.99, 1, false);
    }

    @Override
    public long totalSteps() {
      return 100;
    }

    @Override
    public boolean checkpointDue(long steps) {
      return false;
    }
  }

  private void begin(int minMembers, int waitTicks, CheckpointName... checkpoints) {
    protocol =
        new CoordinatorProtocol(
            new Planner(),
            new ProtocolRules(minMembers, 5, waitTicks, SLOW_TICKS, Long.MAX_VALUE, BACKOFF),
            List.of(checkpoints),
            checkpoints.length);
  }

  private void on(CoordinatorEvent event) {
    effects.addAll(protocol.on(event));
  }

  private void claimed(long generation, CheckpointName... checkpoints) {
    on(new Claimed(generation, List.of(checkpoints)));
    on(new Confirmed(generation, 1));
  }

  private void answer(MemberId member, long generation, long entered, long committed) {
    answer(member, generation, entered, committed, List.of());
  }

  private void answer(
      MemberId member, long generation, long entered, long committed, List<StepFacts> history) {
    on(
        new Received(
            new Answer(
                member,
                generation,
                entered,
                entered == 0 ? List.of() : List.of("a", "b"),
                committed,
                Optional.empty(),
                history)));
  }

  private Optional<Form> form() {
    return effects.stream()
        .filter(Send.class::isInstance)
        .map(effect -> ((Send) effect).message())
        .filter(Form.class::isInstance)
        .map(Form.class::cast)
        .reduce((first, last) -> last);
  }

  @Test
  void shouldAskNobodyBeforeItsNumberIsConfirmed() {
    begin(1, 0);
    on(new Registered(A));
    on(new Claimed(1, List.of()));
    on(new Tick());
    assertThat(effects).noneMatch(Send.class::isInstance);

    on(new Confirmed(1, 1));
    assertThat(effects).contains(new Send(A, new Ask(1)));
  }

  /**
   * A node that was removed sees all others go, and would form a generation of whom it has left.
   */
  @Test
  void shouldBeConfirmedAnewWhereSomebodyWasRemovedWhomItWaitedFor() {
    begin(1, 0);
    on(new Registered(A));
    on(new Registered(B));
    on(new Claimed(1, List.of()));
    on(new MemberRemoved("c"));
    on(new Confirmed(1, 1));
    answer(A, 1, 0, 0);
    assertThat(form()).isEmpty();
    on(new MemberRemoved("b"));
    on(new Confirmed(1, 1));
    on(new Tick());
    assertThat(effects).contains(new Confirm(1, 2));
    assertThat(form()).isEmpty();

    on(new Confirmed(1, 2));
    assertThat(form().orElseThrow().members()).containsExactly(A);
  }

  private static StepFacts facts(long step, double commitWait) {
    return new StepFacts(
        step, 0.5, 1, true, List.of(), 50, 30, 0, List.of(), 0, 0, commitWait, PipelineCounts.NONE);
  }

  private void reduced(MemberId member, long step, double commitWait) {
    on(new Received(new Reduced(member, 1, facts(step, commitWait))));
  }

  /** Nobody here saw how long they took: only the steps after them can be timed. */
  @Test
  void shouldMarkStepsThatItLearnsFromWhatMembersRemember() {
    CheckpointName checkpoint = new CheckpointName(20, 4);
    begin(1, 0, checkpoint);
    on(new Registered(A));
    claimed(7, checkpoint);
    answer(A, 7, 5, 22, List.of(facts(20, 0), facts(21, 0)));
    on(new Received(new Reduced(A, 7, facts(22, 0))));

    assertThat(effects)
        .filteredOn(Decided.class::isInstance)
        .extracting(
            effect -> ((Decided) effect).facts().step(), effect -> ((Decided) effect).remembered())
        .containsExactly(tuple(20L, true), tuple(21L, true), tuple(22L, false));
  }

  /**
   * The end of the checkpoint before says nothing of the last one, which its writer takes along.
   */
  @Test
  void shouldRegroupWhenTheWriterOfTheLastCheckpointIsLostThoughTheOneBeforeIsComplete() {
    protocol =
        new CoordinatorProtocol(
            new SimulatedPlan(),
            new ProtocolRules(1, 5, 0, SLOW_TICKS, Long.MAX_VALUE, BACKOFF),
            List.of(),
            0);
    on(new Registered(A));
    claimed(1);
    answer(A, 1, 0, 0);
    for (long step = 0; step < 4; step++) {
      reduced(A, step, Double.NaN);
    }
    on(new Drain(Stop.INTERRUPTED));
    reduced(A, 4, Double.NaN);
    on(new CheckpointComplete(new CheckpointName(4, 1)));
    assertThat(effects).doesNotContain(new Claim(2));
    on(new MemberUnreachable("a"));

    assertThat(effects).contains(new Claim(2));
  }

  /** Whoever reported before waited for the others as well. */
  @Test
  void shouldTakeTheCostOfACommitFromTheLastToReportItsStep() {
    begin(2, 0);
    on(new Registered(A));
    on(new Registered(B));
    claimed(1);
    answer(A, 1, 0, 0);
    answer(B, 1, 0, 0);
    reduced(A, 0, Double.NaN);
    reduced(B, 0, Double.NaN);
    reduced(B, 1, 0.002);
    reduced(A, 1, 0.5);
    reduced(B, 2, 0.7);
    reduced(A, 2, 0.003);

    assertThat(effects)
        .filteredOn(Decided.class::isInstance)
        .extracting(effect -> ((Decided) effect).facts().commitWait())
        .containsExactly(Double.NaN, 0.002, 0.003);
  }

  @Test
  void shouldKnowWhatEachTrainerIsAt() {
    begin(1, WAIT_TICKS);
    on(new Registered(A));
    assertThat(protocol.trainers()).isEqualTo(Map.of("a", State.JOINING));

    claimed(1);
    answer(A, 1, 0, 0);
    assertThat(protocol.trainers()).isEqualTo(Map.of("a", State.TRAINING));

    on(new Registered(B));
    assertThat(protocol.trainers()).isEqualTo(Map.of("a", State.TRAINING, "b", State.JOINING));

    on(new MemberFailed(A, "injected"));
    assertThat(protocol.trainers()).isEqualTo(Map.of("a", State.AWAY, "b", State.JOINING));
  }

  @Test
  void shouldPreferCheckpointOfNewerGenerationToWhatVotersRemember() {
    CheckpointName newer = new CheckpointName(40, 6);
    begin(1, 0, new CheckpointName(20, 4));
    on(new Registered(A));
    claimed(7, new CheckpointName(20, 4), newer);
    answer(A, 7, 5, 20);

    assertThat(form().orElseThrow().origin()).isEqualTo(Origin.CHECKPOINT);
    assertThat(form().orElseThrow().load()).isEqualTo(newer.toString());
    assertThat(form().orElseThrow().newcomers()).containsExactly(A);
    assertThat(effects).contains(new TakeLedger(newer));
  }

  @Test
  void shouldWaitForTrainersOfNodesThatItFound() {
    begin(1, 0);
    on(new NodeAwaited("1"));
    on(new NodeAwaited("2"));
    on(new Registered(A));
    on(new NodeKnown("1"));
    assertThat(effects).isEmpty();

    on(new Registered(B));
    on(new NodeKnown("2"));
    claimed(1);
    answer(A, 1, 0, 0);
    assertThat(form()).isEmpty();
    answer(B, 1, 0, 0);
    assertThat(form().orElseThrow().members()).containsExactly(A, B);
  }

  @Test
  void shouldGoOnWithFewerThanItBeganWith() {
    begin(2, 0);
    on(new Registered(A));
    claimed(9);
    answer(A, 9, 8, 0);

    assertThat(form().orElseThrow().members()).containsExactly(A);
  }

  @Test
  void shouldNotBeginWithTooFew() {
    begin(2, 0);
    on(new Registered(A));
    claimed(1);
    answer(A, 1, 0, 0);

    assertThat(form()).isEmpty();
  }

  /** A new coordinator hears only of A, and that B was in the run. */
  private void waitForB() {
    begin(1, WAIT_TICKS);
    on(new Registered(A));
    claimed(9);
    answer(A, 9, 8, 0);
    assertThat(form()).isEmpty();
  }

  @Test
  void shouldWaitForLostMemberUnderItsName() {
    waitForB();
    on(new Registered(B_AGAIN));
    answer(B_AGAIN, 9, 0, 0);

    assertThat(form().orElseThrow().members()).containsExactly(A, B_AGAIN);
    assertThat(form().orElseThrow().newcomers()).containsExactly(B_AGAIN);
  }

  @Test
  void shouldStopWithCheckpointWhenLostMemberStaysAway() {
    waitForB();
    for (int i = 0; i <= WAIT_TICKS; i++) {
      on(new Tick());
    }
    String write = form().orElseThrow().write();
    assertThat(write).isNotEmpty();
    on(new CheckpointComplete(CheckpointName.parse(write).orElseThrow()));

    assertThat(effects).contains(new Finished(Stop.NOT_BACK, true));
  }

  @Test
  void shouldWaitAgainForOneThatIsRemovedWhileItReturns() {
    waitForB();
    on(new Registered(B_AGAIN));
    on(new MemberRemoved("b"));
    assertThat(form()).isEmpty();
    on(new Confirmed(9, 2));

    MemberId third = new MemberId("b", 3, "");
    on(new Registered(third));
    answer(third, 9, 0, 0);
    assertThat(form().orElseThrow().members()).containsExactly(A, third);
  }

  /** What members remember since the last checkpoint is saved by whoever leads them at the end. */
  @Test
  void shouldSaveWhatMembersRememberWhenToldToStopBeforeItHasLed() {
    begin(2, WAIT_TICKS, new CheckpointName(20, 1));
    on(new NodeAwaited("1"));
    on(new Drain(Stop.INTERRUPTED));
    assertThat(effects).isEmpty();

    on(new Registered(A));
    on(new NodeKnown("1"));
    claimed(9, new CheckpointName(20, 1), new CheckpointName(23, 7));
    answer(A, 9, 8, 23);
    CheckpointName write = CheckpointName.parse(form().orElseThrow().write()).orElseThrow();
    assertThat(write.step()).isEqualTo(23);
    on(new CheckpointComplete(write));

    assertThat(effects).contains(new Finished(Stop.INTERRUPTED, true));
  }

  @Test
  void shouldWaitForNobodyOnceToldToStop() {
    waitForB();
    on(new Drain(Stop.INTERRUPTED));

    assertThat(form().orElseThrow().members()).containsExactly(A);
    assertThat(form().orElseThrow().write()).isNotEmpty();
  }

  @Test
  void shouldEndAtOnceWhenToldToStopWithNobodyThere() {
    begin(1, 0);
    on(new NodeAwaited("1"));
    on(new Drain(Stop.INTERRUPTED));
    on(new NodeKnown("1"));

    assertThat(effects).containsExactly(new Finished(Stop.INTERRUPTED, true));
  }

  private static final CheckpointName FOURTH = new CheckpointName(4, 1);

  /** A alone, which has come to the first checkpoint of {@link SimulatedPlan}. */
  private void trainUntilCheckpoint() {
    train(4);
  }

  /** A alone, which has made some steps of {@link SimulatedPlan}. */
  private void train(long steps) {
    protocol =
        new CoordinatorProtocol(
            new SimulatedPlan(),
            new ProtocolRules(1, 5, 0, SLOW_TICKS, Long.MAX_VALUE, BACKOFF),
            List.of(),
            0);
    on(new Registered(A));
    claimed(1);
    answer(A, 1, 0, 0);
    for (long step = 0; step < steps; step++) {
      reduced(A, step, Double.NaN);
    }
    effects.clear();
  }

  @Test
  void shouldCompleteCheckpointOnceHoweverOftenItHearsOfItsTensors() {
    trainUntilCheckpoint();
    Stored word = new Stored(A, FOURTH, List.of(), new CheckpointSeconds(0, 0));
    on(new Received(word));
    on(new Received(word));
    on(new CheckpointComplete(FOURTH));
    on(new Received(word));

    Send heard = new Send(A, new Heard(FOURTH));
    assertThat(effects).containsExactly(new Complete(word), heard, heard, heard);
  }

  @Test
  void shouldSayOnceThatCheckpointIsNotStoredAndBeginTheNext() {
    trainUntilCheckpoint();
    NotStored word = new NotStored(A, FOURTH, "no space");
    on(new Received(word));
    on(new Received(word));
    for (long step = 4; step < 8; step++) {
      reduced(A, step, Double.NaN);
    }

    assertThat(effects)
        .containsOnlyOnce(
            CoordinatorEffect.Tell.note("checkpoint " + FOURTH + " failed: no space"));
    assertThat(effects)
        .filteredOn(Send.class::isInstance)
        .extracting(effect -> ((Send) effect).message())
        .filteredOn(Commit.class::isInstance)
        .extracting(message -> ((Commit) message).checkpoint())
        .containsExactly("", "", "", new CheckpointName(8, 1).toString());
  }

  /** Whose ledger would it get? It is of a line that the run has left. */
  @Test
  void shouldDropTensorsOfStepsThatTheLedgerDoesNotHave() {
    begin(1, 0, new CheckpointName(20, 4));
    on(new Registered(A));
    claimed(7, new CheckpointName(20, 4));
    Stored word = new Stored(A, new CheckpointName(40, 5), List.of(), new CheckpointSeconds(0, 0));
    on(new Received(word));
    assertThat(effects).noneMatch(effect -> effect.equals(new Send(A, new Heard(word.name()))));

    answer(A, 7, 0, 0);
    on(new Received(word));
    assertThat(effects).contains(new Send(A, new Heard(word.name())));
    assertThat(effects).noneMatch(Complete.class::isInstance);
  }

  @Test
  void shouldSayOnceThatCheckpointIsBeingWrittenForLong() {
    trainUntilCheckpoint();
    for (int i = 0; i < 3 * SLOW_TICKS; i++) {
      on(new Tick());
    }

    assertThat(effects)
        .filteredOn(CoordinatorEffect.Tell.class::isInstance)
        .singleElement()
        .asString()
        .contains(FOURTH.toString(), "trainer a (rank 0)");
  }

  /** A and B, which have committed a step. */
  private void trainBoth() {
    begin(2, 0);
    on(new Registered(A));
    on(new Registered(B));
    claimed(1);
    answer(A, 1, 0, 0);
    answer(B, 1, 0, 0);
    reduced(A, 0, Double.NaN);
    reduced(B, 0, Double.NaN);
    effects.clear();
  }

  /** The last step is saved by these members, the first of which writes it. */
  private void assertSavedBy(Fail why, MemberId... members) {
    CheckpointName write = CheckpointName.parse(form().orElseThrow().write()).orElseThrow();
    assertThat(form().orElseThrow().members()).containsExactly(members);
    assertThat(write.step()).isEqualTo(1);
    on(new Received(new Stored(members[0], write, List.of(), new CheckpointSeconds(0, 0))));
    on(new CheckpointComplete(write));
    assertThat(effects).contains(new Finished(Stop.FAILED, true));
    assertThat(protocol.failure()).contains(why);
  }

  @Test
  void shouldSaveWithTheMemberThatHasNoInput() {
    trainBoth();
    on(new Received(new NoInput(A, 1, "the images are gone", ExitCode.INTERRUPTED)));
    claimed(2);
    answer(A, 2, 1, 1, List.of(facts(0, 0)));
    answer(B, 2, 1, 1, List.of(facts(0, 0)));

    assertSavedBy(new Fail(ExitCode.INTERRUPTED, "the images are gone"), A, B);
  }

  @Test
  void shouldSaveWithTheOthersWhatOneThatGaveUpHadInMemory() {
    trainBoth();
    on(new MemberGaveUp(A, "its disk is gone", ExitCode.WRONG_USAGE));
    claimed(2);
    answer(B, 2, 1, 1, List.of(facts(0, 0)));

    assertSavedBy(new Fail(ExitCode.WRONG_USAGE, "its disk is gone"), B);
  }

  @Test
  void shouldSaveWithTheOthersWhatOneThatFailedAgainAndAgainHadInMemory() {
    trainBoth();
    MemberId failing = B;
    for (int i = 0; i <= 5; i++) {
      on(new MemberFailed(failing, "injected"));
      failing = new MemberId("b", 2L + i, "");
      if (i < 5) {
        on(new Registered(failing));
      }
    }
    claimed(2);
    answer(A, 2, 1, 1, List.of(facts(0, 0)));

    assertSavedBy(new Fail("trainer b failed 6 times without a step in between: injected"), A);
  }

  @Test
  void shouldFailAtOnceWhenNobodyIsLeftToSaveAnything() {
    trainUntilCheckpoint();
    on(new MemberGaveUp(A, "its disk is gone", ExitCode.WRONG_USAGE));

    assertThat(effects).endsWith(new Fail(ExitCode.WRONG_USAGE, "its disk is gone"));
  }

  private List<String> checkpoints() {
    return effects.stream()
        .filter(Send.class::isInstance)
        .map(effect -> ((Send) effect).message())
        .filter(Commit.class::isInstance)
        .map(message -> ((Commit) message).checkpoint())
        .toList();
  }

  @Test
  void shouldBeginCheckpointThatWasDueOnceTheOneBeforeIsComplete() {
    trainUntilCheckpoint();
    for (long step = 4; step < 9; step++) {
      reduced(A, step, Double.NaN);
    }
    on(new CheckpointComplete(FOURTH));
    reduced(A, 9, Double.NaN);

    assertThat(checkpoints())
        .containsExactly("", "", "", "", "", new CheckpointName(10, 1).toString());
  }

  /** Settles the last step in a new generation, whose next step then is run. */
  private void regroupAndStep(MemberId member, long generation, long committed, StepFacts held) {
    claimed(generation);
    List<StepFacts> history = LongStream.range(0, committed).mapToObj(k -> facts(k, 0)).toList();
    on(
        new Received(
            new Answer(
                member,
                generation,
                generation - 1,
                List.of("a"),
                committed,
                Optional.ofNullable(held),
                history)));
    long next = held == null ? committed : committed + 1;
    on(new Received(new Reduced(member, generation, facts(next, 0))));
  }

  @Test
  void shouldBeginCheckpointWithTheNextStepWhereItsOwnWasSettledByRegrouping() {
    train(3);
    on(new MemberUnreachable("a"));
    regroupAndStep(A, 2, 3, facts(3, 0));

    assertThat(checkpoints()).containsExactly(new CheckpointName(5, 2).toString());
  }

  /** Its writer would have to wait for itself. */
  @Test
  void shouldWaitForCheckpointThatIsStillBeingWrittenSinceTheGenerationBefore() {
    trainUntilCheckpoint();
    on(new MemberUnreachable("a"));
    regroupAndStep(A, 2, 4, null);
    assertThat(checkpoints()).containsExactly("");
    on(new Received(new NotStored(A, FOURTH, "no space")));
    on(new Received(new Reduced(A, 2, facts(5, 0))));

    assertThat(checkpoints()).containsExactly("", new CheckpointName(6, 2).toString());
  }

  @Test
  void shouldNotWaitForCheckpointWhoseWriterIsGone() {
    trainUntilCheckpoint();
    on(new MemberFailed(A, "injected"));
    MemberId again = new MemberId("a", 2, "");
    on(new Registered(B));
    on(new Registered(again));
    claimed(2);
    answer(again, 2, 0, 0);
    answer(B, 2, 0, 0);
    effects.clear();
    for (long step = 0; step < 4; step++) {
      on(new Received(new Reduced(again, 2, facts(step, 0))));
      on(new Received(new Reduced(B, 2, facts(step, 0))));
    }

    assertThat(checkpoints()).contains(new CheckpointName(4, 2).toString());
  }

  private void beginWithShortMessages() {
    protocol =
        new CoordinatorProtocol(
            new Planner(),
            new ProtocolRules(1, 5, 0, SLOW_TICKS, MESSAGE_BYTES, BACKOFF),
            List.of(),
            0);
    on(new Registered(A));
    claimed(1);
    answer(A, 1, 0, 0);
  }

  private void trainAlone(long first, long end) {
    for (long step = first; step < end; step++) {
      reduced(A, step, Double.NaN);
    }
  }

  @Test
  void shouldWriteCheckpointBeforeItIsDueWhenMembersRememberMuch() {
    beginWithShortMessages();
    trainAlone(0, 4);
    on(new CheckpointComplete(FOURTH));
    trainAlone(4, 9);

    assertThat(checkpoints())
        .containsExactly(
            "", "", "", FOURTH.toString(), "", "", "", new CheckpointName(8, 1).toString(), "");
  }

  @Test
  void shouldStopLongBeforeMembersRememberTooMuch() {
    beginWithShortMessages();
    trainAlone(0, 12);
    CheckpointName last = new CheckpointName(12, 1);
    on(new Received(new NotStored(A, last, "no space")));

    assertThat(effects).contains(new Finished(Stop.FAILED, false));
    assertThat(protocol.failure().orElseThrow().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(protocol.failure().orElseThrow().reason()).contains("for 12 steps");
  }

  /** One that was replaced, and did not know it yet, has completed it since the store was asked. */
  @Test
  void shouldAskTheStoreAnewForCheckpointThatMembersRelyOn() {
    begin(1, 0);
    on(new Registered(A));
    claimed(2);
    answer(A, 2, 1, 6, List.of(facts(4, 0), facts(5, 0)));
    assertThat(form()).isEmpty();
    assertThat(effects).contains(new Claim(3));

    claimed(3, FOURTH);
    answer(A, 3, 1, 6, List.of(facts(4, 0), facts(5, 0)));
    assertThat(effects).contains(new TakeLedger(FOURTH));
    assertThat(form().orElseThrow().nextStep()).isEqualTo(6);
  }
}
