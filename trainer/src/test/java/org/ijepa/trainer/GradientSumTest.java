package org.ijepa.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.djl.ndarray.NDManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.collective.LocalGroup;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientSumTest {
  private static final int RANKS = 3;
  private static final int SIZE = 100_000;
  private static final int FACTS = 5;

  /** Where parts begin and end, in the order in which they are complete. */
  private static final int[][] PARTS = {{40_000, 70_000}, {0, 1}, {1, 40_000}, {70_000, SIZE}};

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final List<FlatTensor> gradients = new ArrayList<>();
  private final List<GradientSum> sums = new ArrayList<>();
  private NDManager manager;
  private ExecutorService ranks;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
    ranks = Executors.newFixedThreadPool(RANKS);
  }

  @AfterEach
  void close() throws InterruptedException {
    ranks.shutdownNow();
    assertThat(ranks.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    sums.forEach(GradientSum::close);
    manager.close();
  }

  private void make(boolean isBeside, boolean rounds) {
    for (int rank = 0; rank < RANKS; rank++) {
      FlatTensor gradient = FlatTensor.zeros(manager, SIZE);
      gradients.add(gradient);
      List<FlatTensor> parts = new ArrayList<>();
      for (int[] part : PARTS) {
        parts.add(gradient.slice(part[0], part[1]));
      }
      Optional<String> thread = Optional.of("sums-" + rank).filter(name -> isBeside);
      sums.add(new GradientSum(thread, parts, FACTS, rounds));
    }
  }

  /** What a rank's backward pass comes to; no sum of two of them is exact. */
  private static void fill(FlatTensor gradient, int rank) {
    gradient.write(
        0,
        SIZE,
        (at, window) -> {
          for (int i = 0; i < window.limit(); i++) {
            window.put(i, (float) Math.sin(rank + 1e-3 * i));
          }
        });
  }

  private static float[] floats(FlatTensor tensor) {
    float[] values = new float[SIZE];
    tensor.read(0, SIZE, (at, window) -> window.get(values));
    return values;
  }

  private static LocalGroup group() {
    return new LocalGroup(RANKS, TIMEOUT);
  }

  private static void awaitAll(List<Future<?>> steps) throws Exception {
    for (Future<?> step : steps) {
      step.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private float[] atOnce(boolean rounds) throws Exception {
    LocalGroup group = group();
    List<FlatTensor> whole = new ArrayList<>();
    List<Future<?>> done = new ArrayList<>();
    for (int rank = 0; rank < RANKS; rank++) {
      FlatTensor gradient = FlatTensor.zeros(manager, SIZE);
      fill(gradient, rank);
      whole.add(gradient);
      Collective end = group.join(rank);
      done.add(
          ranks.submit(
              () -> {
                end.allReduceSum(gradient, rounds ? SIZE - FACTS : 0);
                return null;
              }));
    }
    awaitAll(done);
    return floats(whole.get(0));
  }

  /** A step of a rank that says of so many parts when they are complete. */
  private Future<?> step(int rank, Collective end, int said) {
    return ranks.submit(
        () -> {
          GradientSum sum = sums.get(rank);
          sum.begin();
          fill(gradients.get(rank), rank);
          for (int part = 0; part < said; part++) {
            sum.completed(end);
          }
          sum.finish(end);
          return null;
        });
  }

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false", "false, true"})
  void shouldSumToTheSameBitsAsAtOnceWhoeverSaysWhatIsComplete(boolean isBeside, boolean rounds)
      throws Exception {
    float[] expected = atOnce(rounds);
    make(isBeside, rounds);
    LocalGroup group = group();
    List<Collective> ends = IntStream.range(0, RANKS).mapToObj(group::join).toList();
    for (int step = 0; step < 3; step++) {
      // The last one has no micro-batch.
      List<Future<?>> done =
          List.of(
              step(0, ends.get(0), PARTS.length - 1),
              step(1, ends.get(1), 1),
              step(2, ends.get(2), 0));
      awaitAll(done);
      for (FlatTensor gradient : gradients) {
        assertThat(floats(gradient)).isEqualTo(expected);
      }
    }
  }

  /** The first rank goes on; its first part is summed as soon as the others have theirs. */
  @Test
  void shouldSumWhileTheNextPartIsComputed() throws Exception {
    make(true, false);
    LocalGroup group = group();
    Collective first = group.join(0);
    sums.get(0).begin();
    gradients.forEach(gradient -> fill(gradient, gradients.indexOf(gradient)));
    sums.get(0).completed(first);
    float before = gradients.get(0).get(0);

    List<Future<?>> others =
        List.of(step(1, group.join(1), PARTS.length - 1), step(2, group.join(2), 3));
    float summed = (float) (Math.sin(40) + Math.sin(41) + Math.sin(42));
    await()
        .pollInSameThread()
        .atMost(TIMEOUT)
        .until(() -> Math.abs(gradients.get(0).get(40_000) - summed) <= 1e-6);
    // What comes later is not touched before it is complete.
    assertThat(gradients.get(0).get(0)).isEqualTo(before);
    sums.get(0).finish(first);
    awaitAll(others);
  }

  @Test
  void shouldEndWithTheGroupAndGoOnInAnother() throws Exception {
    float[] expected = atOnce(false);
    make(true, false);
    LocalGroup failing = group();
    Collective end = failing.join(0);
    CountDownLatch begun = new CountDownLatch(1);
    Future<?> lonely =
        ranks.submit(
            () -> {
              sums.get(0).begin();
              sums.get(0).completed(end);
              begun.countDown();
              sums.get(0).completed(end);
              sums.get(0).finish(end);
              return null;
            });
    begun.await();
    end.abort();
    assertThatThrownBy(() -> lonely.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(CollectiveException.class);

    LocalGroup group = group();
    List<Future<?>> done =
        IntStream.range(0, RANKS)
            .<Future<?>>mapToObj(rank -> step(rank, group.join(rank), 2))
            .toList();
    awaitAll(done);
    for (FlatTensor gradient : gradients) {
      assertThat(floats(gradient)).isEqualTo(expected);
    }
  }

  /** Else the sums of a step that was given up would write into the gradient of the next. */
  @Test
  void shouldNotBeginBeforeNobodySumsAnyMore() throws Exception {
    make(true, false);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Collective slow =
        new OthersCollective(2) {
          @Override
          public void allReduceSum(FlatTensor tensor, long rounded) throws CollectiveException {
            entered.countDown();
            try {
              go.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw new CollectiveException("aborted");
          }
        };
    GradientSum sum = sums.get(0);
    sum.begin();
    sum.completed(slow);
    entered.await();
    Future<?> next =
        ranks.submit(
            () -> {
              sum.begin();
              return null;
            });
    assertThatThrownBy(() -> next.get(200, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    go.countDown();
    next.get(30, TimeUnit.SECONDS);
  }
}
