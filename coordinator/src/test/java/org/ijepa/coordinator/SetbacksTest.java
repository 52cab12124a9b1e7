package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.Setbacks.Verdict;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Suspicion;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.ToMember.Origin;
import org.ijepa.trainer.ToMember.Then;
import org.junit.jupiter.api.Test;

class SetbacksTest {
  private static final int ATTEMPTS = 3;
  private static final int LEAVE_OUT = 10;
  private static final MemberId A = new MemberId("a-0", 1, "a:1");
  private static final MemberId B = new MemberId("b-0", 1, "b:1");
  private static final MemberId C = new MemberId("c-0", 1, "c:1");
  private static final List<MemberId> ALL = List.of(A, B, C);

  private Setbacks setbacks = setbacks(0);
  private List<MemberId> newcomers = List.of();

  private static Setbacks setbacks(int waitTicks) {
    return new Setbacks(
        new ProtocolRules(
            1, 5, waitTicks, 600, Long.MAX_VALUE, new Backoff(1, 4, ATTEMPTS, LEAVE_OUT)));
  }

  private Form form(List<MemberId> members) {
    return new Form(
        7,
        members,
        newcomers,
        0,
        5,
        Optional.empty(),
        Origin.MEMORY,
        "",
        List.of(),
        Then.CONTINUE,
        "");
  }

  private static Broken says(MemberId who, MemberId blamed, Symptom symptom) {
    return new Broken(
        who, 7, "cannot reach " + blamed.name(), "", new Suspicion(blamed.name(), symptom));
  }

  private Verdict fails(List<MemberId> members, List<MemberId> present, Broken... reports) {
    setbacks.failed();
    List.of(reports).forEach(setbacks::reported);
    return setbacks.judge(form(members), present, present);
  }

  /** The last of so many failures in a row. */
  private Verdict fails(int times, List<MemberId> members, Broken... reports) {
    Verdict last = null;
    for (int i = 0; i < times; i++) {
      assertThat(last == null || last.why().isEmpty()).isTrue();
      last = fails(members, ALL, reports);
    }
    return last;
  }

  private void leaveOutB() {
    Verdict verdict = fails(ATTEMPTS, ALL, says(A, B, Symptom.UNREACHABLE));
    assertThat(verdict.leftOut()).containsExactly(B);
    assertThat(verdict.why()).isEqualTo("sums failed 3 times in a row: a-0: cannot reach b-0");
    assertThat(setbacks.isLeftOut(B)).isTrue();
    assertThat(setbacks.isLeftOut(A)).isFalse();
  }

  @Test
  void shouldLeaveOutWhoCannotBeReachedAgainAndAgain() {
    leaveOutB();
    assertThat(setbacks.failed()).isZero();
  }

  @Test
  void shouldForgetFailuresOnceAStepIsMade() {
    assertThat(fails(ATTEMPTS - 1, ALL, says(A, B, Symptom.UNREACHABLE)).why()).isEmpty();
    setbacks.stepped(ALL);
    assertThat(fails(ATTEMPTS - 1, ALL, says(A, B, Symptom.UNREACHABLE)).why()).isEmpty();
    assertThat(setbacks.isLeftOut(B)).isFalse();
  }

  @Test
  void shouldPauseForLongerEachTimeWhoeverIsToBlame() {
    assertThat(List.of(setbacks.failed(), setbacks.failed(), setbacks.failed(), setbacks.failed()))
        .containsExactly(0, 0, 1, 2);
  }

  @Test
  void shouldLeaveOutInsteadWhoCannotReachASecondOne() {
    leaveOutB();
    Verdict verdict = fails(ATTEMPTS, List.of(A, C), says(A, C, Symptom.UNREACHABLE));
    assertThat(verdict.leftOut()).containsExactly(A);
    assertThat(verdict.letIn()).containsExactly(B);
    assertThat(setbacks.isLeftOut(B)).isFalse();
  }

  /** Whoever is blamed: without it there would be nothing to go on with. */
  @Test
  void shouldKeepTheOnlyOneThatRemembersTheRun() {
    Verdict last = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      setbacks.failed();
      setbacks.reported(says(A, B, Symptom.UNREACHABLE));
      last = setbacks.judge(form(ALL), ALL, List.of(B));
    }
    assertThat(last.isHopeless()).isFalse();
    assertThat(last.leftOut()).containsExactly(A);
  }

  @Test
  void shouldRatherLeaveOutANewcomer() {
    newcomers = List.of(A);
    assertThat(fails(ATTEMPTS, ALL, says(A, B, Symptom.UNREACHABLE)).leftOut()).containsExactly(A);
  }

  @Test
  void shouldLeaveNobodyOutWhereNoMajorityGoesOn() {
    Verdict last = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      last = fails(List.of(A, B), List.of(A, B), says(A, B, Symptom.UNREACHABLE));
    }
    assertThat(last.isHopeless()).isTrue();
    assertThat(last.leftOut()).isEmpty();
    assertThat(setbacks.text()).contains("a-0: cannot reach b-0");
  }

  @Test
  void shouldLeaveNobodyOutWhereAllBlameOthersInTurn() {
    Verdict verdict =
        fails(
            ATTEMPTS,
            ALL,
            says(A, C, Symptom.SILENT),
            says(B, A, Symptom.SILENT),
            says(C, B, Symptom.SILENT));
    assertThat(verdict.isHopeless()).isTrue();
  }

  /** Each time another link: the network is bad, and no member is to blame. */
  @Test
  void shouldLeaveNobodyOutWhoIsNotBlamedInMostAttempts() {
    fails(ALL, ALL, says(A, B, Symptom.UNREACHABLE));
    fails(ALL, ALL, says(B, C, Symptom.UNREACHABLE));
    Verdict verdict = fails(ALL, ALL, says(C, A, Symptom.UNREACHABLE));
    assertThat(verdict.isHopeless()).isTrue();
  }

  @Test
  void shouldLeaveNobodyOutWhoAloneRemembersTheRun() {
    Verdict last = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      setbacks.failed();
      setbacks.reported(says(A, B, Symptom.UNREACHABLE));
      setbacks.reported(says(B, C, Symptom.UNREACHABLE));
      last = setbacks.judge(form(ALL), ALL, List.of(B));
    }
    assertThat(last.isHopeless()).isTrue();
  }

  @Test
  void shouldLetInAfterAWhileAndLeaveOutAtOnceWhatFailsAgain() {
    leaveOutB();
    for (int i = 1; i < LEAVE_OUT; i++) {
      assertThat(setbacks.tick()).isEmpty();
    }
    assertThat(setbacks.tick()).containsExactly(B.endpoint());
    assertThat(setbacks.isLeftOut(B)).isFalse();

    setbacks.stepped(List.of(A, C));
    assertThat(fails(ALL, ALL, says(A, B, Symptom.UNREACHABLE)).leftOut()).containsExactly(B);
    for (int i = 1; i < 2 * LEAVE_OUT; i++) {
      assertThat(setbacks.tick()).isEmpty();
    }
    assertThat(setbacks.tick()).containsExactly(B.endpoint());
  }

  @Test
  void shouldTrustOneThatMadeAStepSince() {
    leaveOutB();
    for (int i = 0; i < LEAVE_OUT; i++) {
      setbacks.tick();
    }
    setbacks.stepped(ALL);
    assertThat(fails(ALL, ALL, says(A, B, Symptom.UNREACHABLE)).why()).isEmpty();
  }

  /** Started anew it has another port. */
  @Test
  void shouldLetInWhatIsStartedAnewAndLeaveItOutAtOnceIfItFailsAgain() {
    leaveOutB();
    MemberId again = new MemberId("b-0", 2, "b:2");
    assertThat(setbacks.isLeftOut(again)).isFalse();

    List<MemberId> present = List.of(A, again, C);
    Verdict verdict = fails(present, present, says(A, again, Symptom.UNREACHABLE));
    assertThat(verdict.leftOut()).containsExactly(again);
  }

  @Test
  void shouldTryOnForAWhileWhereTheRunWaitsForTheSameMembers() {
    int wait = 5;
    setbacks = setbacks(wait);
    Verdict verdict = fails(ATTEMPTS, ALL, says(A, B, Symptom.UNREACHABLE));
    assertThat(verdict.leftOut()).isEmpty();
    assertThat(verdict.isHopeless()).isFalse();
    assertThat(verdict.why()).contains("cannot reach b-0");

    // Said once.
    assertThat(fails(ALL, ALL, says(A, B, Symptom.UNREACHABLE)).why()).isEmpty();
    for (int i = 1; i < wait; i++) {
      setbacks.tick();
      assertThat(setbacks.isLate()).isFalse();
    }
    setbacks.tick();
    assertThat(setbacks.isLate()).isTrue();
  }

  @Test
  void shouldNotBeLateOnceAStepIsMade() {
    setbacks = setbacks(1);
    fails(ATTEMPTS, ALL, says(A, B, Symptom.UNREACHABLE));
    setbacks.stepped(ALL);
    setbacks.tick();
    assertThat(setbacks.isLate()).isFalse();
  }
}
