package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InputWaitTest {
  private static final long MILLI = 1_000_000;

  /** A clock that moves only with the device. */
  private long now = 5 * MILLI;

  private int asked;

  private InputWait input(boolean ahead, long busy) {
    return new InputWait(
        ahead,
        () -> {
          asked++;
          now += busy;
        },
        () -> now);
  }

  @Test
  void shouldBeginAtOnceOnACpu() throws InterruptedException {
    assertThat(input(false, 7 * MILLI).began(new CompletableFuture<>())).isEqualTo(5 * MILLI);
    assertThat(asked).isZero();
  }

  @Test
  void shouldBeginWhenTheDeviceHasDoneWhatItWasTold() throws InterruptedException {
    assertThat(input(true, 7 * MILLI).began(new CompletableFuture<>())).isEqualTo(12 * MILLI);
    assertThat(asked).isOne();
  }

  @Test
  void shouldBeginAtOnceWhereTheDeviceWasIdle() throws InterruptedException {
    assertThat(input(true, MILLI / 100).began(new CompletableFuture<>())).isEqualTo(5 * MILLI);
  }

  @Test
  void shouldNotStallTheDeviceForInputThatIsThere() throws InterruptedException {
    InputWait input = input(true, 7 * MILLI);

    assertThat(input.began(CompletableFuture.completedFuture(1))).isEqualTo(5 * MILLI);
    assertThat(input.began(CompletableFuture.failedFuture(new IllegalStateException())))
        .isEqualTo(5 * MILLI);
    assertThat(asked).isZero();
  }
}
