package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalGroupTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService pool = Executors.newCachedThreadPool();
  private NDManager manager;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    pool.shutdownNow();
    manager.close();
  }

  private FlatTensor tensor(int size, int rank) {
    FlatTensor tensor = FlatTensor.zeros(manager, size);
    for (int i = 0; i < size; i++) {
      tensor.set(i, value(i, rank));
    }
    return tensor;
  }

  private static float value(int i, int rank) {
    return (float) Math.sin(i * 7.3 + rank) * (rank + 1);
  }

  private <T> List<Future<T>> onEveryRank(int ranks, IntFunction<Callable<T>> work) {
    List<Future<T>> futures = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      futures.add(pool.submit(work.apply(rank)));
    }
    return futures;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 3", "5, 8", "37, 2", "1000, 3", "40001, 4"})
  void shouldSumInTheOrderOfRanksOnEveryRank(int size, int ranks) throws Exception {
    LocalGroup group = new LocalGroup(ranks, LONG);
    List<FlatTensor> tensors = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      tensors.add(tensor(size, rank));
    }
    for (Future<Object> done :
        onEveryRank(
            ranks,
            rank ->
                () -> {
                  group.join(rank).allReduceSum(tensors.get(rank));
                  return null;
                })) {
      done.get();
    }
    for (int i = 0; i < size; i += Math.max(1, size / 50)) {
      float expected = value(i, 0);
      for (int rank = 1; rank < ranks; rank++) {
        expected += value(i, rank);
      }
      for (FlatTensor tensor : tensors) {
        assertThat(tensor.get(i)).isEqualTo(expected);
      }
    }
  }

  @Test
  void shouldBroadcastExactly() throws Exception {
    LocalGroup group = new LocalGroup(3, LONG);
    List<FlatTensor> tensors = List.of(tensor(999, 0), tensor(999, 1), tensor(999, 2));
    for (Future<Object> done :
        onEveryRank(
            3,
            rank ->
                () -> {
                  group.join(rank).broadcast(tensors.get(rank), 1);
                  return null;
                })) {
      done.get();
    }
    for (FlatTensor tensor : tensors) {
      assertThat(tensor.get(998)).isEqualTo(value(998, 1));
    }
  }

  @Test
  void shouldFailOnEveryRankWhenOneAborts() throws Exception {
    LocalGroup group = new LocalGroup(3, LONG);
    List<Future<Object>> futures =
        onEveryRank(
            2,
            rank ->
                () -> {
                  group.join(rank).allReduceSum(tensor(10, rank));
                  return null;
                });
    group.join(2).abort();

    for (Future<Object> future : futures) {
      assertThat(failure(future)).isInstanceOf(CollectiveException.class);
    }
  }

  @Test
  void shouldFailWhenOneIsTooLate() throws Exception {
    LocalGroup group = new LocalGroup(2, Duration.ofMillis(50));
    Future<Object> alone =
        pool.submit(
            () -> {
              group.join(0).allReduceSum(tensor(10, 0));
              return null;
            });

    assertThat(failure(alone))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("50 ms");
  }

  private static Throwable failure(Future<Object> future) throws InterruptedException {
    try {
      future.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }
}
