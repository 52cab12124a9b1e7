package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.ijepa.collective.Symptom;
import org.ijepa.coordinator.FailedLinks.Link;
import org.ijepa.trainer.FromMember.Broken;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Suspicion;
import org.junit.jupiter.api.Test;

class FailedAttemptTest {
  private static final MemberId A = new MemberId("a-0", 1, "a:1");
  private static final MemberId B0 = new MemberId("b-0", 1, "b:1");
  private static final MemberId B1 = new MemberId("b-1", 1, "b:1");
  private static final List<MemberId> ALL = List.of(A, B0, B1);

  private static Broken says(MemberId who, String blamed, Symptom symptom) {
    return new Broken(who, 3, symptom + " " + blamed, "", new Suspicion(blamed, symptom));
  }

  private static Optional<FailedAttempt> attempt(List<MemberId> present, Broken... reports) {
    return FailedAttempt.of(Forms.stored(3, ALL, Optional.empty()), List.of(reports), present);
  }

  private static Collection<Link> links(Broken... reports) {
    return attempt(ALL, reports).orElseThrow().links().keySet();
  }

  @Test
  void shouldBelieveWhoCouldNotConnectWhateverOthersSay() {
    assertThat(
            links(
                says(A, "b-0", Symptom.UNREACHABLE),
                says(B0, "a-0", Symptom.SILENT),
                says(B1, "b-0", Symptom.GONE)))
        .containsExactly(new Link("a:1", "b:1"));
    assertThat(links(says(A, "b-1", Symptom.UNREACHABLE))).containsExactly(new Link("a:1", "b:1"));
  }

  /** Who says nothing was not in the sum: it reads images, or computes. */
  @Test
  void shouldHoldNothingAgainstAnybodyWhileOneIsNotThereYet() {
    assertThat(attempt(ALL, says(A, "b-1", Symptom.SILENT), says(B0, "a-0", Symptom.GONE)))
        .isEmpty();
    assertThat(
            links(
                says(A, "b-1", Symptom.SILENT),
                says(B0, "a-0", Symptom.GONE),
                says(B1, "b-0", Symptom.GONE)))
        .containsExactly(new Link("a:1", "b:1"));
  }

  @Test
  void shouldHoldNothingAgainstWhoWasLostOrStartedAnew() {
    List<MemberId> present = List.of(A, B0, new MemberId("b-1", 2, "b:1"));
    assertThat(attempt(present, says(A, "b-1", Symptom.UNREACHABLE))).isEmpty();
    assertThat(attempt(present, says(B1, "a-0", Symptom.UNREACHABLE))).isEmpty();
  }

  @Test
  void shouldNotBlameAProcessForWhatFailsWithinIt() {
    FailedAttempt attempt =
        attempt(
                ALL,
                says(A, "", Symptom.UNKNOWN),
                says(B0, "b-1", Symptom.SILENT),
                says(B1, "", Symptom.UNKNOWN))
            .orElseThrow();
    assertThat(attempt.links()).isEmpty();
    assertThat(attempt.text()).isEqualTo("b-0: SILENT b-1");
  }

  @Test
  void shouldBelieveWhoBlamesItself() {
    assertThat(links(says(B0, "b-0", Symptom.UNREACHABLE))).containsExactly(new Link("b:1", "b:1"));
  }
}
