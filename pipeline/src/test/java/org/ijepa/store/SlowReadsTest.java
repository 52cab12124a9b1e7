package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlowReadsTest {
  private final SlowReads reads = new SlowReads();

  private void answered(int count, Duration each) {
    for (int i = 0; i < count; i++) {
      reads.answered(each.toNanos());
    }
  }

  @Test
  void shouldKnowNothingBeforeItHasSeenEnough() {
    answered(127, Duration.ofMillis(50));
    assertThat(reads.bound()).isEmpty();
    answered(1, Duration.ofMillis(50));
    assertThat(reads.bound()).contains(Duration.ofMillis(100));
  }

  @Test
  void shouldFollowTheLastReads() {
    answered(128, Duration.ofMillis(50));
    answered(512, Duration.ofMillis(300));
    assertThat(reads.bound()).contains(Duration.ofMillis(600));
    answered(512, Duration.ofMillis(30));
    assertThat(reads.bound()).contains(Duration.ofMillis(60));
  }

  @Test
  void shouldNotTakeTheTailForTheRule() {
    for (int i = 0; i < 512; i++) {
      answered(1, Duration.ofMillis(i % 25 == 0 ? 5_000 : 50));
    }
    assertThat(reads.bound()).contains(Duration.ofMillis(100));
  }

  @Test
  void shouldLeaveShortReadsAlone() {
    answered(256, Duration.ofMillis(1));
    assertThat(reads.bound()).contains(Duration.ofMillis(20));
  }

  @Test
  void shouldGrantOneReadOfTwentyAndEightAtOnce() {
    answered(1_000, Duration.ofMillis(50));
    int granted = 0;
    while (reads.grant()) {
      granted++;
    }
    assertThat(granted).isEqualTo(8);
    for (int i = 0; i < 1_000; i++) {
      answered(1, Duration.ofMillis(50));
      granted += reads.grant() ? 1 : 0;
    }
    assertThat(granted - 8).isBetween(49, 50);
  }
}
