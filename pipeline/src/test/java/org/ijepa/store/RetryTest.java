package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class RetryTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofHours(1));

  private final List<Duration> waits = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private long nanos;

  private Retry retry(double jitter) {
    Retry.Delay delay =
        new Retry.Delay() {
          @Override
          public <T> CompletionStage<T> after(Duration wait, Supplier<CompletionStage<T>> work) {
            waits.add(wait);
            nanos += wait.toNanos();
            return work.get();
          }
        };
    return new Retry(POLICY, delay, () -> nanos, () -> jitter, new RetryNotice(notices::add));
  }

  private static StoreException failure(StoreException.Kind kind) {
    return new StoreException(kind, "s3://b/k: it failed");
  }

  private static <T> CompletionStage<T> failed(StoreException.Kind kind) {
    return CompletableFuture.failedStage(failure(kind));
  }

  @Test
  void shouldReturnTheFirstSuccess() {
    AtomicInteger attempts = new AtomicInteger();
    Retry retry = retry(1);
    CompletionStage<String> done =
        retry.run(
            () ->
                attempts.incrementAndGet() < 4
                    ? failed(StoreException.Kind.TRANSIENT)
                    : CompletableFuture.completedStage("done"));
    assertThat(done.toCompletableFuture()).isCompletedWithValue("done");
    assertThat(attempts).hasValue(4);
    assertThat(retry.retries()).isEqualTo(3);
  }

  @Test
  void shouldDoubleDelaysUpToTheLongest() {
    AtomicInteger attempts = new AtomicInteger();
    retry(1)
        .run(
            () ->
                attempts.incrementAndGet() < 7
                    ? failed(StoreException.Kind.TRANSIENT)
                    : CompletableFuture.completedStage(1));
    assertThat(waits.stream().map(Duration::toMillis))
        .containsExactly(100L, 200L, 400L, 800L, 1000L, 1000L);
  }

  @Test
  void shouldDrawDelaysFromTheUpperHalf() {
    AtomicInteger attempts = new AtomicInteger();
    retry(0)
        .run(
            () ->
                attempts.incrementAndGet() < 3
                    ? failed(StoreException.Kind.TRANSIENT)
                    : CompletableFuture.completedStage(1));
    assertThat(waits.stream().map(Duration::toMillis)).containsExactly(50L, 100L);
  }

  @Test
  void shouldGiveUpWhenTimeIsOver() {
    CompletionStage<String> done = retry(1).run(() -> failed(StoreException.Kind.TRANSIENT));
    assertThat(done.toCompletableFuture()).isCompletedExceptionally();
    StoreException failure =
        done.handle((value, e) -> StoreException.of(e).orElseThrow()).toCompletableFuture().join();
    assertThat(failure.kind()).isEqualTo(StoreException.Kind.TRANSIENT);
    assertThat(failure)
        .hasMessageContaining("s3://b/k: it failed (given up after 13 attempts in 9.5 s)");
    assertThat(Duration.ofNanos(nanos)).isLessThanOrEqualTo(POLICY.total());
  }

  @Test
  void shouldNotRepeatWhatWillNotPass() {
    for (StoreException.Kind kind : StoreException.Kind.values()) {
      if (kind == StoreException.Kind.TRANSIENT) {
        continue;
      }
      AtomicInteger attempts = new AtomicInteger();
      CompletionStage<String> done =
          retry(1)
              .run(
                  () -> {
                    attempts.incrementAndGet();
                    return failed(kind);
                  });
      assertThat(done.toCompletableFuture()).isCompletedExceptionally();
      assertThat(attempts).as("%s", kind).hasValue(1);
    }
  }

  @Test
  void shouldSayWhatIsTriedAgainButNotTooOften() {
    Retry retry = retry(1);
    retry.run(() -> failed(StoreException.Kind.TRANSIENT));
    assertThat(notices)
        .containsExactly("s3://b/k: it failed; tried 2 times in 0 s, trying on for up to 9 s");

    nanos += Duration.ofSeconds(15).toNanos();
    retry.run(() -> failed(StoreException.Kind.TRANSIENT));
    assertThat(notices).hasSize(2);
  }

  @Test
  void shouldNotSpeakOfOneFailure() {
    AtomicInteger attempts = new AtomicInteger();
    retry(1)
        .run(
            () ->
                attempts.incrementAndGet() < 2
                    ? failed(StoreException.Kind.TRANSIENT)
                    : CompletableFuture.completedStage(1));
    assertThat(notices).isEmpty();
  }
}
