package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StandstillTest {
  private final AtomicLong clock = new AtomicLong(17);
  private final Standstill standstill = new Standstill(clock::get);

  private void passes(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  @Test
  void shouldNotSeeAnyWhereTheProcessMoves() {
    for (int i = 0; i < 200; i++) {
      passes(Duration.ofMillis(500));
      standstill.moves();
    }
    assertThat(standstill.isRecent()).isFalse();
  }

  @Test
  void shouldSeeOneForAMinuteAfterItsEnd() {
    passes(Duration.ofSeconds(9));
    standstill.moves();
    for (int i = 0; i < 59; i++) {
      passes(Duration.ofSeconds(1));
      assertThat(standstill.isRecent()).isTrue();
    }
    passes(Duration.ofSeconds(1));
    assertThat(standstill.isRecent()).isFalse();
  }

  @Test
  void shouldSeeOneThatEndsWithTheQuestion() {
    passes(Duration.ofSeconds(9));
    assertThat(standstill.isRecent()).isTrue();
  }
}
