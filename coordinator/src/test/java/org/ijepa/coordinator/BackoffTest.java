package org.ijepa.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Backoff BACKOFF = new Backoff(2, 30, 4, 100);

  @Test
  void shouldTryTwiceAtOnceAndThenEverMoreSeldomUpToALimit() {
    assertThat(IntStream.rangeClosed(1, 9).map(BACKOFF::pause))
        .containsExactly(0, 0, 2, 4, 8, 16, 30, 30, 30);
    assertThat(BACKOFF.pause(Integer.MAX_VALUE)).isEqualTo(30);
  }

  @Test
  void shouldLeaveOutForLongerEachTime() {
    assertThat(IntStream.range(0, 3).map(BACKOFF::leaveOut)).containsExactly(100, 200, 400);
    assertThat(new Backoff(1, 1, 1, Integer.MAX_VALUE).leaveOut(99)).isEqualTo(Integer.MAX_VALUE);
  }
}
