package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.ndarray.NDManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every kind of collective promises. */
abstract class CollectiveContract {
  static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  /** Long enough for a sum on a busy machine. */
  static final Duration MEDIUM = Duration.ofSeconds(3);

  /** By so much an error may come later than it should, on a machine that has more to do. */
  static final Duration MARGIN = Duration.ofSeconds(20);

  /** Elements that are written or looked at together. */
  private static final int PART = 1 << 20;

  final ExecutorService pool = Executors.newCachedThreadPool();

  /** When each rank's work was over, on the clock of nanoseconds. */
  private final Map<Integer, Long> ended = new ConcurrentHashMap<>();

  NDManager manager;

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

  /** All ranks of a group of its own. */
  abstract List<Collective> group(long generation, int size, Duration timeout) throws Exception;

  interface Work {
    void on(int rank) throws Exception;
  }

  final List<Future<Object>> onRanks(int ranks, Work work) {
    List<Future<Object>> futures = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      int its = rank;
      futures.add(
          pool.submit(
              () -> {
                try {
                  work.on(its);
                } finally {
                  ended.put(its, System.nanoTime());
                }
                return null;
              }));
    }
    return futures;
  }

  static void done(List<Future<Object>> futures) throws Exception {
    for (Future<Object> future : futures) {
      future.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }
  }

  static Throwable failure(Future<Object> future) throws Exception {
    try {
      future.get(LONG.toSeconds(), TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  static void allFailed(List<Future<Object>> futures) throws Exception {
    for (Future<Object> future : futures) {
      assertThat(failure(future)).isInstanceOf(CollectiveException.class);
    }
  }

  /** The first end of these ranks' work is no sooner than, and the last no later than. */
  final void assertEnded(long soonest, long latest, Integer... ranks) {
    List<Long> ends = Stream.of(ranks).map(ended::get).toList();
    assertThat(Collections.min(ends) - soonest).as("nanoseconds after the fault").isNotNegative();
    assertThat(latest - Collections.max(ends)).as("nanoseconds left").isNotNegative();
  }

  final long ended(int rank) {
    return ended.get(rank);
  }

  static float value(int i, int rank) {
    // Of many sizes, so that another order of addition gives other bits.
    return (i * 0x9E3779B9 ^ rank * 0x85EBCA6B) * 1e-9f * (1 + (i + rank) % 7);
  }

  final FlatTensor tensor(int size, int rank) {
    FlatTensor tensor = FlatTensor.zeros(manager, size);
    for (int from = 0; from < size; from += PART) {
      float[] values = new float[Math.min(PART, size - from)];
      for (int i = 0; i < values.length; i++) {
        values[i] = value(from + i, rank);
      }
      tensor.write(from, values.length, (at, window) -> window.put(0, values));
    }
    return tensor;
  }

  final List<FlatTensor> tensors(int size, int ranks) {
    List<FlatTensor> tensors = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      tensors.add(tensor(size, rank));
    }
    return tensors;
  }

  static float[] values(FlatTensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, tensor.size(), (at, window) -> window.get(0, values));
    return values;
  }

  static float[] expectedSum(int size, int ranks) {
    return expectedSum(0, size, ranks);
  }

  /** Of the two numbers of 8 bits around it the nearest one, or the even one. */
  private static float rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    float inner = Float.intBitsToFloat(bits & 0xFFFF0000);
    float outer = Float.intBitsToFloat((bits & 0xFFFF0000) + 0x10000);
    double toInner = Math.abs((double) value - inner);
    double toOuter = Math.abs((double) outer - value);
    boolean isInnerEven = (bits & 0x10000) == 0;
    return toInner < toOuter || (toInner == toOuter && isInnerEven) ? inner : outer;
  }

  private static float[] expectedRoundedSum(int from, int size, int ranks) {
    float[] expected = new float[size];
    for (int i = 0; i < size; i++) {
      expected[i] = rounded(value(from + i, 0));
      for (int rank = 1; rank < ranks; rank++) {
        expected[i] = rounded(expected[i] + rounded(value(from + i, rank)));
      }
    }
    return expected;
  }

  private static float[] expectedSum(int from, int size, int ranks) {
    float[] expected = new float[size];
    for (int i = 0; i < size; i++) {
      expected[i] = value(from + i, 0);
      for (int rank = 1; rank < ranks; rank++) {
        expected[i] += value(from + i, rank);
      }
    }
    return expected;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 3",
    "5, 8",
    "37, 2",
    "1000, 3",
    "65536, 2",
    "65537, 4",
    "131071, 5",
    "1000003, 6",
    "1310719, 7",
    "2000000, 8",
    "10000000, 3"
  })
  void shouldSumInTheOrderOfRanksOnEveryRank(int size, int ranks) throws Exception {
    List<Collective> group = group(1, ranks, LONG);
    List<FlatTensor> tensors = tensors(size, ranks);
    done(onRanks(ranks, rank -> group.get(rank).allReduceSum(tensors.get(rank))));

    float[] expected = expectedSum(size, ranks);
    for (FlatTensor tensor : tensors) {
      assertThat(values(tensor)).isEqualTo(expected);
    }
  }

  /** A gradient of {@code gradient} elements, and behind it facts that must stay exact. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 2",
    "3, 5, 8",
    "37, 37, 2",
    "999, 1000, 3",
    "65536, 65536, 2",
    "65536, 65537, 4",
    "65000, 131071, 5",
    "1000000, 1000003, 6",
    "1310719, 1310719, 7",
    "1999999, 2000000, 8",
    "9999991, 10000000, 3"
  })
  void shouldSumRoundedGradientAndExactFacts(int gradient, int size, int ranks) throws Exception {
    List<Collective> group = group(1, ranks, LONG);
    List<FlatTensor> tensors = tensors(size, ranks);
    done(onRanks(ranks, rank -> group.get(rank).allReduceSum(tensors.get(rank), gradient)));

    float[] expected = expectedSum(size, ranks);
    System.arraycopy(expectedRoundedSum(0, gradient, ranks), 0, expected, 0, gradient);
    for (FlatTensor tensor : tensors) {
      assertThat(values(tensor)).isEqualTo(expected);
    }
    assertThat(expected).satisfies(sum -> assertNearExactSum(sum, ranks));
  }

  /** As {@link Collective#allReduceSum(FlatTensor, long)} promises. */
  private static void assertNearExactSum(float[] sum, int ranks) {
    double most = 0;
    for (int i = 0; i < sum.length; i++) {
      double exact = 0;
      double absolute = 0;
      for (int rank = 0; rank < ranks; rank++) {
        exact += value(i, rank);
        absolute += Math.abs((double) value(i, rank));
      }
      most = Math.max(most, Math.abs(sum[i] - exact) / Math.max(absolute, Float.MIN_NORMAL));
    }
    double float32 = ranks * 0x1p-23;
    assertThat(most).isLessThanOrEqualTo(Math.pow(1 + 0x1p-8, ranks) - 1 + float32);
  }

  @Test
  void shouldChangeNothingWhereARankIsAlone() throws Exception {
    FlatTensor tensor = tensor(1000, 0);
    group(1, 1, LONG).get(0).allReduceSum(tensor, 1000);
    assertThat(values(tensor)).isEqualTo(expectedSum(1000, 1));
  }

  /** What is infinite or no number must not become a gradient that looks sound. */
  @Test
  void shouldKeepWhatIsNotFiniteWhenRounding() throws Exception {
    float[][] terms = {
      {Float.NaN, 1, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY, Float.MAX_VALUE, -0f},
      {1, Float.intBitsToFloat(0x7F800001), 2, Float.NEGATIVE_INFINITY, 0, -0f}
    };
    List<Collective> group = group(1, 2, LONG);
    List<FlatTensor> tensors = tensors(6, 2);
    for (int rank = 0; rank < 2; rank++) {
      float[] its = terms[rank];
      tensors.get(rank).write(0, 6, (at, window) -> window.put(0, its));
    }
    done(onRanks(2, rank -> group.get(rank).allReduceSum(tensors.get(rank), 6)));

    float infinite = Float.POSITIVE_INFINITY;
    for (FlatTensor tensor : tensors) {
      assertThat(values(tensor))
          .containsExactly(Float.NaN, Float.NaN, infinite, Float.NaN, infinite, -0f);
    }
  }

  @Test
  void shouldFailOnEveryRankWhenOneRoundsAndTheOtherDoesNot() throws Exception {
    List<Collective> group = group(1, 2, MEDIUM);
    allFailed(onRanks(2, rank -> group.get(rank).allReduceSum(tensor(100, rank), 100L * rank)));
  }

  /** A large model's gradient. No array has it twice: it is looked at part by part. */
  @ParameterizedTest
  @CsvSource({"2, 0", "3, 0", "2, 99999999", "3, 99999999"})
  @Tag("slow")
  void shouldSumAHundredMillionElements(int ranks, int rounded) throws Exception {
    int size = 100_000_000;
    List<Collective> group = group(1, ranks, Duration.ofMinutes(2));
    List<FlatTensor> tensors = tensors(size, ranks);
    List<Future<Object>> futures =
        onRanks(ranks, rank -> group.get(rank).allReduceSum(tensors.get(rank), rounded));
    for (Future<Object> future : futures) {
      future.get(2, TimeUnit.MINUTES);
    }

    for (int from = 0; from < size; from += PART) {
      float[] actual = new float[Math.min(PART, size - from)];
      float[] expected = expectedSum(from, actual.length, ranks);
      int halves = Math.max(0, Math.min(actual.length, rounded - from));
      System.arraycopy(expectedRoundedSum(from, halves, ranks), 0, expected, 0, halves);
      for (FlatTensor tensor : tensors) {
        tensor.read(from, actual.length, (at, window) -> window.get(0, actual));
        assertThat(Arrays.mismatch(actual, expected)).as("from element " + from).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 0", "999, 3, 1", "999, 3, 2", "65536, 1, 0", "3000017, 4, 3", "700001, 8, 5"})
  void shouldBroadcastExactlyFromAnyRoot(int size, int ranks, int root) throws Exception {
    List<Collective> group = group(1, ranks, LONG);
    List<FlatTensor> tensors = tensors(size, ranks);
    float[] expected = values(tensors.get(root));
    done(onRanks(ranks, rank -> group.get(rank).broadcast(tensors.get(rank), root)));

    for (FlatTensor tensor : tensors) {
      assertThat(values(tensor)).isEqualTo(expected);
    }
  }

  @Test
  void shouldKeepCallsApartWhenRanksAreFastAndSlow() throws Exception {
    List<Collective> group = group(1, 3, LONG);
    List<FlatTensor> sums = tensors(5, 3);
    List<FlatTensor> copies = tensors(70_000, 3);
    done(
        onRanks(
            3,
            rank -> {
              for (int i = 0; i < 50; i++) {
                group.get(rank).broadcast(copies.get(rank), i % 3);
                group.get(rank).allReduceSum(sums.get(rank));
                group.get(rank).allReduceSum(sums.get(rank), 3);
                group.get(rank).broadcast(sums.get(rank), 2);
              }
            }));

    assertThat(values(copies.get(1))).isEqualTo(values(copies.get(0)));
    assertThat(values(sums.get(2))).isEqualTo(values(sums.get(0)));
  }

  @Test
  void shouldFailOnEveryRankWhenOneAborts() throws Exception {
    List<Collective> group = group(1, 4, LONG);
    List<Future<Object>> futures =
        onRanks(3, rank -> group.get(rank).allReduceSum(tensor(10, rank)));
    group.get(3).abort();

    allFailed(futures);
  }

  @Test
  void shouldFailOnEveryRankWhenOneLeavesInTheMiddle() throws Exception {
    List<Collective> group = group(1, 4, LONG);
    List<FlatTensor> tensors = tensors(10, 4);
    FlatTensor large = tensor(1_000_000, 0);
    List<Future<Object>> futures =
        onRanks(
            4,
            rank -> {
              group.get(rank).allReduceSum(tensors.get(rank));
              if (rank == 2) {
                group.get(rank).close();
              }
              FlatTensor its = rank == 0 ? large : tensor(1_000_000, rank);
              group.get(rank).allReduceSum(its);
            });

    allFailed(futures);
  }

  /** Whoever fails frees its tensor at once, as a trainer does that is stopped. */
  @ParameterizedTest
  @ValueSource(longs = {0, 3_000_000})
  void shouldFailOnEveryRankWhenOneDiesInsideATransfer(long rounded) throws Exception {
    List<Collective> group = group(1, 3, LONG);
    List<FlatTensor> tensors = tensors(3_000_000, 3);
    AtomicInteger begun = new AtomicInteger();
    List<Future<Object>> futures =
        onRanks(
            3,
            rank -> {
              try (FlatTensor its = tensors.get(rank)) {
                while (!Thread.currentThread().isInterrupted()) {
                  if (rank == 2) {
                    begun.incrementAndGet();
                  }
                  group.get(rank).allReduceSum(its, rounded);
                }
              }
            });
    // They do nothing else, so that this one comes in the middle.
    await().atMost(LONG).until(() -> begun.get() > 2);
    long died = System.nanoTime();
    group.get(2).close();

    allFailed(futures);
    assertEnded(died, died + MARGIN.toNanos(), 0, 1, 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 399_999})
  void shouldFailOnEveryRankWhenOneHangs(long rounded) throws Exception {
    List<Collective> group = group(1, 3, MEDIUM);
    List<FlatTensor> tensors = tensors(400_000, 3);
    long started = System.nanoTime();
    List<Future<Object>> futures =
        onRanks(
            3,
            rank -> {
              group.get(rank).broadcast(tensors.get(rank), 0);
              if (rank != 1) {
                group.get(rank).allReduceSum(tensors.get(rank), rounded);
              }
            });

    assertThat(failure(futures.get(0))).isInstanceOf(CollectiveException.class);
    assertThat(failure(futures.get(1))).isNull();
    assertThat(failure(futures.get(2))).isInstanceOf(CollectiveException.class);
    // Whoever gives up first has waited for the whole time-out.
    assertEnded(started + MEDIUM.toNanos(), ended(1) + MEDIUM.toNanos() + MARGIN.toNanos(), 0, 2);
  }

  /** A root that has something else to do first says so now and then. */
  @Test
  void shouldWaitForARootThatIsHeardFromInTime() throws Exception {
    List<Collective> group = group(1, 3, MEDIUM);
    List<FlatTensor> words = tensors(1, 3);
    long started = System.nanoTime();
    long pause = MEDIUM.toNanos() / 6;
    done(
        onRanks(
            3,
            rank -> {
              for (int word = 1; word <= 8; word++) {
                long next = started + word * pause;
                while (rank == 1 && System.nanoTime() - next < 0) {
                  LockSupport.parkNanos(next - System.nanoTime());
                }
                words.get(rank).set(0, rank == 1 ? word : 0);
                group.get(rank).broadcast(words.get(rank), 1);
                assertThat(words.get(rank).get(0)).isEqualTo(word);
              }
            }));

    assertEnded(started + MEDIUM.toNanos(), started + LONG.toNanos(), 0, 1, 2);
  }

  @Test
  void shouldSayWhenOneIsTooLate() throws Exception {
    List<Collective> group = group(1, 2, SHORT);
    Future<Object> alone = onRanks(1, rank -> group.get(0).allReduceSum(tensor(10, 0))).get(0);

    assertThat(failure(alone))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("50 ms");
  }

  @Test
  void shouldFailOnEveryRankWhenSizesDiffer() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    allFailed(onRanks(2, rank -> group.get(rank).allReduceSum(tensor(100 + rank, rank))));
  }

  @Test
  void shouldEndCallUnderWayWhenAbortedFromAnotherThread() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    Future<Object> waiting =
        onRanks(1, rank -> group.get(0).allReduceSum(tensor(3_000_000, 0))).get(0);
    group.get(0).abort();

    assertThat(failure(waiting)).isInstanceOf(CollectiveException.class);
    assertThat(failure(onRanks(1, rank -> group.get(0).broadcast(tensor(3, 0), 0)).get(0)))
        .isInstanceOf(CollectiveException.class);
  }

  @Test
  void shouldServeNextGenerationAfterAbort() throws Exception {
    List<Collective> failed = group(1, 3, LONG);
    List<Future<Object>> futures =
        onRanks(2, rank -> failed.get(rank).allReduceSum(tensor(200_000, rank)));
    failed.get(2).abort();
    allFailed(futures);

    List<Collective> group = group(2, 3, LONG);
    List<FlatTensor> tensors = tensors(200_000, 3);
    done(onRanks(3, rank -> group.get(rank).allReduceSum(tensors.get(rank))));
    assertThat(values(tensors.get(1))).isEqualTo(expectedSum(200_000, 3));
  }
}
