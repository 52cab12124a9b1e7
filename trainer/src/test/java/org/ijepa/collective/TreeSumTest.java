package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ijepa.collective.TreeSum.Subtree;
import org.ijepa.kernel.FlatTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TreeSumTest {
  private static final int SIZE = 1000;

  @Test
  void shouldCutRunsIntoTheLargestCompleteSubtrees() {
    assertThat(TreeSum.subtrees(0, 8)).containsExactly(new Subtree(0, 8));
    assertThat(TreeSum.subtrees(1, 8))
        .containsExactly(new Subtree(1, 1), new Subtree(2, 2), new Subtree(4, 4));
    assertThat(TreeSum.subtrees(4, 11))
        .containsExactly(new Subtree(4, 4), new Subtree(8, 2), new Subtree(10, 1));
    assertThat(TreeSum.subtrees(5, 5)).isEmpty();
  }

  private static float[][] terms(int count) {
    SplittableRandom random = new SplittableRandom(7);
    float[][] terms = new float[count][SIZE];
    for (float[] term : terms) {
      for (int i = 0; i < SIZE; i++) {
        term[i] = (float) Math.scalb(random.nextDouble(-1, 1), random.nextInt(20));
      }
    }
    return terms;
  }

  /** Sum of an element of terms [from, from + span), halved down to single terms. */
  private static float sum(float[][] terms, int element, int from, int span) {
    if (span == 1) {
      return terms[from][element];
    }
    int half = span / 2;
    float left = sum(terms, element, from, half);
    return from + half < terms.length ? left + sum(terms, element, from + half, half) : left;
  }

  private static float[] expected(float[][] terms) {
    int span = 1;
    while (span < terms.length) {
      span *= 2;
    }
    float[] sums = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      sums[i] = sum(terms, i, 0, span);
    }
    return sums;
  }

  private static float[] reduce(Collective group, float[][] terms, long[] bounds)
      throws CollectiveException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        TreeSum tree = new TreeSum(manager, SIZE)) {
      FlatTensor tensor = FlatTensor.zeros(manager, SIZE);
      // What a step that failed has left must not count.
      tree.begin();
      tree.add(0, tensor);
      tree.begin();
      for (int i = (int) bounds[group.rank()]; i < bounds[group.rank() + 1]; i++) {
        float[] term = terms[i];
        tensor.write(0, SIZE, (at, window) -> window.put(term));
        tree.add(i, tensor);
      }
      tree.reduce(group, bounds, tensor);
      float[] sums = new float[SIZE];
      tensor.read(0, SIZE, (at, window) -> window.get(sums));
      return sums;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "8, 1", "13, 1", "8, 2", "8, 3", "13, 4", "3, 5", "24, 7"})
  void shouldAddAlongTheSameTreeForAnyNumberOfRanks(int count, int ranks) throws Exception {
    float[][] terms = terms(count);
    long[] bounds = new long[ranks + 1];
    for (int rank = 0; rank <= ranks; rank++) {
      bounds[rank] = (long) count * rank / ranks;
    }
    LocalGroup group = new LocalGroup(ranks, Duration.ofSeconds(20));
    ExecutorService threads = Executors.newFixedThreadPool(ranks);
    List<Future<float[]>> sums = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      Collective end = group.join(rank);
      sums.add(threads.submit(() -> reduce(end, terms, bounds)));
    }
    for (Future<float[]> sum : sums) {
      assertThat(sum.get()).isEqualTo(expected(terms));
    }
    threads.shutdown();
  }
}
