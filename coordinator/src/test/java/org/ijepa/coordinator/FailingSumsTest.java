package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.Tell;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.coordinator.CoordinatorEvent.Confirmed;
import org.ijepa.coordinator.CoordinatorEvent.Drain;
import org.ijepa.coordinator.CoordinatorEvent.MemberRemoved;
import org.ijepa.coordinator.CoordinatorEvent.Received;
import org.ijepa.coordinator.CoordinatorEvent.Registered;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.coordinator.CoordinatorEvent.Tick;
import org.ijepa.run.Happening.LeftOut;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Suspicion;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Then;
import org.junit.jupiter.api.Test;

/** A coordinator whose members report that sums fail. */
class FailingSumsTest {
  private static final MemberId A = new MemberId("a", 1, "a:1");
  private static final MemberId B = new MemberId("b", 1, "b:1");
  private static final MemberId C = new MemberId("c", 1, "c:1");
  private static final int ATTEMPTS = 4;
  private static final int DELAY = 2;

  private final List<CoordinatorEffect> effects = new ArrayList<>();
  private CoordinatorProtocol protocol;
  private List<MemberId> present;

  private void begin(int waitTicks, MemberId... members) {
    present = List.of(members);
    protocol =
        new CoordinatorProtocol(
            new SimulatedPlan(),
            new ProtocolRules(
                1, 5, waitTicks, 600, Long.MAX_VALUE, new Backoff(DELAY, 16, ATTEMPTS, 50)),
            List.of(),
            0);
    present.forEach(member -> on(new Registered(member)));
    form(0);
  }

  private void on(CoordinatorEvent event) {
    effects.addAll(protocol.on(event));
  }

  private <E> List<E> all(Class<E> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private Form form() {
    return all(Send.class).stream()
        .map(Send::message)
        .filter(Form.class::isInstance)
        .map(Form.class::cast)
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  /** Ticks until the next number is claimed. */
  private int awaitClaim() {
    int ticks = 0;
    while (all(Claim.class).isEmpty()) {
      on(new Tick());
      ticks++;
    }
    return ticks;
  }

  /** The next generation is formed of what all say, who were in the last one. */
  private void form(long committed) {
    long entered = protocol.generation();
    long number = all(Claim.class).get(0).generation();
    effects.clear();
    on(new Claimed(number, List.of()));
    on(new Confirmed(number, 1));
    for (MemberId member : present) {
      on(
          new Received(
              new Answer(
                  member,
                  number,
                  entered,
                  names(entered),
                  committed,
                  Optional.empty(),
                  List.of())));
    }
  }

  private List<String> names(long entered) {
    return entered == 0 ? List.of() : present.stream().map(MemberId::name).toList();
  }

  private void says(MemberId who, MemberId blamed, Symptom symptom) {
    on(
        new Received(
            new Broken(
                who,
                protocol.generation(),
                "cannot reach " + blamed.name(),
                "",
                new Suspicion(blamed.name(), symptom))));
  }

  private void reduced(MemberId... members) {
    for (MemberId member : members) {
      on(
          new Received(
              new Reduced(
                  member,
                  protocol.generation(),
                  SimulatedWorld.facts(protocol.step(), protocol.step()))));
    }
  }

  /** The sum of the newest generation fails; returns the ticks until the next number is claimed. */
  private int fail(MemberId who, MemberId blamed) {
    effects.clear();
    says(who, blamed, Symptom.UNREACHABLE);
    return awaitClaim();
  }

  private List<Integer> failAndForm(int times, MemberId who, MemberId blamed) {
    List<Integer> pauses = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      pauses.add(fail(who, blamed));
      form(0);
    }
    return pauses;
  }

  @Test
  void shouldTryTwiceAtOnceAndThenPauseEverLonger() {
    begin(1000, A, B);
    assertThat(failAndForm(7, A, B)).containsExactly(0, 0, 2, 4, 8, 16, 16);
  }

  @Test
  void shouldTryAtOnceAgainAfterAStep() {
    begin(0, A, B, C);
    assertThat(failAndForm(3, A, B)).containsExactly(0, 0, 2);
    reduced(A, B, C);
    assertThat(protocol.step()).isEqualTo(1);
    assertThat(fail(A, B)).isZero();
  }

  @Test
  void shouldGoOnWithoutTheOneThatCannotBeReachedAndNameIt() {
    begin(0, A, B, C);
    failAndForm(ATTEMPTS, A, B);

    assertThat(form().members()).containsExactly(A, C);
    assertThat(form().newcomers()).isEmpty();
    assertThat(protocol.leftOut()).containsExactly(B);
    assertThat(all(Tell.class))
        .extracting(Tell::what)
        .contains(new LeftOut("b", "sums failed 4 times in a row: a: cannot reach b"));

    reduced(A, C);
    assertThat(protocol.step()).isEqualTo(1);
  }

  /** What a member saw that was slower to see it counts as well. */
  @Test
  void shouldHearWhatOthersSawOfAGenerationThatHasEnded() {
    begin(0, A, B, C);
    for (int i = 0; i < ATTEMPTS; i++) {
      effects.clear();
      says(C, B, Symptom.GONE);
      says(A, B, Symptom.UNREACHABLE);
      awaitClaim();
      form(0);
    }
    assertThat(form().members()).containsExactly(A, C);
  }

  @Test
  void shouldTakeTheOneThatWasLeftOutInAgainAfterAWhile() {
    begin(0, A, B, C);
    failAndForm(ATTEMPTS, A, B);
    effects.clear();
    for (int i = 0; i < 50; i++) {
      on(new Tick());
    }
    assertThat(protocol.leftOut()).isEmpty();
    reduced(A, C);
    form(1);
    assertThat(form().members()).containsExactly(A, B, C);
  }

  @Test
  void shouldNotStopForTheFailureOfOneThatIsLeftOut() {
    begin(0, A, B, C);
    failAndForm(ATTEMPTS, A, B);
    effects.clear();
    on(new MemberRemoved("b"));
    reduced(A, C);
    assertThat(all(Claim.class)).isEmpty();
  }

  /** A generation of nobody would never end. */
  @Test
  void shouldGoOnWithOneThatIsLeftOutWhereNobodyElseIsLeft() {
    begin(0, A, B, C);
    failAndForm(ATTEMPTS, A, B);
    assertThat(form().members()).containsExactly(A, C);
    effects.clear();
    on(new MemberRemoved("a"));
    on(new MemberRemoved("c"));
    present = List.of(B);
    long number = all(Claim.class).get(0).generation();
    on(new Claimed(number, List.of()));
    on(new Confirmed(number, 1));
    on(new Received(new Answer(B, number, 0, List.of(), 0, Optional.empty(), List.of())));
    assertThat(form().members()).containsExactly(B);
  }

  /** Nobody needs a sum for that. */
  @Test
  void shouldStopWithWhatIsThereWhereNoMajorityIsLeft() {
    begin(0, A, B);
    reduced(A, B);
    for (int i = 0; i < ATTEMPTS; i++) {
      fail(A, B);
      form(1);
    }
    assertThat(form().then()).isEqualTo(Then.PAUSE);
    assertThat(form().newcomers()).isEmpty();
    on(new CheckpointComplete(CheckpointName.parse(form().write()).orElseThrow()));

    Finished finished = all(Finished.class).get(0);
    assertThat(finished).isEqualTo(new Finished(Stop.NO_SUM, true));
    assertThat(Outcomes.of(finished, 1, 0, protocol.setback(), protocol.failure()).text())
        .startsWith("stopped after 1 steps: sums failed 4 times in a row: a: cannot reach b;");
  }

  @Test
  void shouldSaveWithoutNewcomersWhoCouldNotBeReached() {
    begin(0, A, B);
    reduced(A, B);
    effects.clear();
    MemberId again = new MemberId("b", 2, "b:2");
    on(new Registered(again));
    present = List.of(A);
    form(1);
    on(
        new Received(
            new Answer(
                again, protocol.generation(), 0, List.of(), 0, Optional.empty(), List.of())));
    assertThat(form().newcomers()).containsExactly(again);

    effects.clear();
    on(new Drain(Stop.INTERRUPTED));
    says(A, again, Symptom.UNREACHABLE);
    form(1);
    on(
        new Received(
            new Answer(
                again, protocol.generation(), 0, List.of(), 0, Optional.empty(), List.of())));
    assertThat(form().members()).containsExactly(A);
    assertThat(form().write()).isNotEmpty();
  }

  @Test
  void shouldStopAfterAWhileWhereTheRunWaitsForTheSameMembers() {
    int wait = 100;
    begin(wait, A, B, C);
    failAndForm(ATTEMPTS, A, B);
    assertThat(form().members()).containsExactly(A, B, C);
    for (int i = 0; i < wait; i++) {
      on(new Tick());
    }
    fail(A, B);
    form(0);
    assertThat(form().then()).isEqualTo(Then.PAUSE);
  }

  @Test
  void shouldEndItsPauseWhenSomebodyIsLostOrStartedAnew() {
    for (CoordinatorEvent event :
        List.of(
            new MemberRemoved("b"),
            new Registered(new MemberId("b", 2, "b:2")),
            new Drain(Stop.INTERRUPTED))) {
      effects.clear();
      begin(0, A, B, C);
      failAndForm(2, A, B);
      effects.clear();
      says(A, B, Symptom.UNREACHABLE);
      on(new Tick());
      assertThat(all(Claim.class)).isEmpty();
      on(event);
      assertThat(all(Claim.class)).hasSize(1);
    }
  }
}
