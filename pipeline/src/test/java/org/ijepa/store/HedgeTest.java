package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HedgeTest {
  private static final Duration USUAL = Duration.ofMillis(40);

  private final List<Request> requests = new ArrayList<>();
  private final List<Alarm> alarms = new ArrayList<>();
  private long nanos;
  private Hedge hedge;

  private static final class Request implements Hedge.Attempt<String> {
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private boolean cancelled;

    @Override
    public CompletionStage<String> result() {
      return result;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private static final class Alarm {
    private final Duration wait;
    private final Runnable work;
    private boolean off;

    Alarm(Duration wait, Runnable work) {
      this.wait = wait;
      this.work = work;
    }
  }

  @BeforeEach
  void knowTheUsualTime() {
    hedge =
        new Hedge(
            () -> nanos,
            (wait, work) -> {
              Alarm alarm = new Alarm(wait, work);
              alarms.add(alarm);
              return () -> alarm.off = true;
            });
    for (int i = 0; i < 128; i++) {
      CompletionStage<String> read = read();
      assertThat(alarms).isEmpty();
      nanos += USUAL.toNanos();
      requests.remove(0).result.complete("usual");
      assertThat(read.toCompletableFuture()).isCompletedWithValue("usual");
    }
  }

  private CompletionStage<String> read() {
    return hedge.run(
        () -> {
          Request request = new Request();
          requests.add(request);
          return request;
        });
  }

  private Hedges counts() {
    return hedge.counts().minus(new Hedges(128, 0, 0));
  }

  @Test
  void shouldSendOneRequestWhereItIsAnsweredInTime() {
    CompletionStage<String> read = read();
    requests.get(0).result.complete("first");
    assertThat(read.toCompletableFuture()).isCompletedWithValue("first");
    assertThat(alarms).hasSize(1);
    assertThat(alarms.get(0).off).isTrue();
    assertThat(alarms.get(0).wait).isEqualTo(USUAL.multipliedBy(2));
    assertThat(counts()).isEqualTo(new Hedges(1, 0, 0));
  }

  @Test
  void shouldTakeTheSecondAnswerIfItComesFirst() {
    CompletionStage<String> read = read();
    alarms.get(0).work.run();
    assertThat(requests).hasSize(2);
    requests.get(1).result.complete("second");
    assertThat(read.toCompletableFuture()).isCompletedWithValue("second");
    assertThat(requests.get(0).cancelled).isTrue();
    assertThat(counts()).isEqualTo(new Hedges(1, 1, 1));
    requests.get(0).result.complete("too late");
    assertThat(counts()).isEqualTo(new Hedges(1, 1, 1));
  }

  @Test
  void shouldCallTheSecondRequestOffIfTheFirstIsAnswered() {
    CompletionStage<String> read = read();
    alarms.get(0).work.run();
    requests.get(0).result.complete("first");
    assertThat(read.toCompletableFuture()).isCompletedWithValue("first");
    assertThat(requests.get(1).cancelled).isTrue();
    assertThat(counts()).isEqualTo(new Hedges(1, 1, 0));
  }

  @Test
  void shouldFailOnlyWhenNoRequestIsLeft() {
    CompletionStage<String> alone = read();
    requests.remove(0).result.completeExceptionally(new IllegalStateException("alone"));
    assertThat(alone.toCompletableFuture()).isCompletedExceptionally();
    assertThat(alarms.remove(0).off).isTrue();

    CompletionStage<String> read = read();
    alarms.get(0).work.run();
    requests.get(0).result.completeExceptionally(new IllegalStateException("one"));
    assertThat(read.toCompletableFuture()).isNotDone();
    requests.get(1).result.complete("second");
    assertThat(read.toCompletableFuture()).isCompletedWithValue("second");

    CompletionStage<String> both = read();
    alarms.get(1).work.run();
    requests.get(3).result.completeExceptionally(new IllegalStateException("one"));
    requests.get(2).result.completeExceptionally(new IllegalStateException("both"));
    assertThat(both.toCompletableFuture()).isCompletedExceptionally();
  }

  @Test
  void shouldSendFewMoreRequestsWhereAllReadsAreSlow() {
    for (int i = 0; i < 400; i++) {
      CompletionStage<String> read = read();
      alarms.get(i).work.run();
      requests.get(0).result.complete("slow");
      requests.clear();
      assertThat(read.toCompletableFuture()).isCompletedWithValue("slow");
    }
    assertThat(counts().sent()).isBetween(20L, 28L);
  }
}
