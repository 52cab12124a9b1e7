package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SignOfLifeTest {
  private static final Duration LIMIT = Duration.ofMillis(200);
  private static final Duration POLL = Duration.ofMillis(1);

  private static Optional<String> leader(Supplier<Optional<String>> read)
      throws InterruptedException {
    return SignOfLife.leader(read, LIMIT, POLL);
  }

  private static Optional<String> sign(long count) {
    return Optional.of(new SignOfLife("session", "ijepa@host:1", 3, count).text());
  }

  @Test
  void shouldNameTheLeaderWhoseSignChanges() throws Exception {
    AtomicLong looks = new AtomicLong();
    assertThat(
            SignOfLife.leader(
                () -> sign(looks.getAndIncrement() / 3), Duration.ofSeconds(30), POLL))
        .contains("ijepa@host:1");
  }

  @Test
  void shouldTakeARunWhoseSignStaysForDead() throws Exception {
    assertThat(leader(() -> sign(17))).isEmpty();
  }

  @Test
  void shouldNotWaitWhereThereIsNoSign() throws Exception {
    AtomicLong looks = new AtomicLong();
    assertThat(
            leader(
                () -> {
                  looks.getAndIncrement();
                  return Optional.empty();
                }))
        .isEmpty();
    assertThat(looks).hasValue(1);
  }

  @Test
  void shouldTakeARunThatEndsMeanwhileForEnded() throws Exception {
    AtomicLong looks = new AtomicLong();
    assertThat(leader(() -> looks.getAndIncrement() < 3 ? sign(1) : Optional.empty())).isEmpty();
  }

  @Test
  void shouldYieldOnlyToAnotherLeaderThatWentFurther() {
    SignOfLife own = new SignOfLife("a", "x", 3, 0);
    assertThat(own.isOvertakenBy(new SignOfLife("b", "y", 4, 0))).isTrue();
    assertThat(own.isOvertakenBy(new SignOfLife("b", "y", 2, 0))).isFalse();
    assertThat(own.isOvertakenBy(new SignOfLife("a", "y", 4, 0))).isTrue();
    assertThat(own.isOvertakenBy(new SignOfLife("a", "y", 3, 9))).isFalse();
    assertThat(own.isOvertakenBy(new SignOfLife("a", "x", 4, 0))).isFalse();
  }
}
