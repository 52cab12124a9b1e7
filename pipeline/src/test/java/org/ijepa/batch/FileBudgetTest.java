package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.ijepa.batch.DecodeStages.Fetched;
import org.ijepa.batch.FileBudget.Claim;
import org.junit.jupiter.api.Test;

class FileBudgetTest {
  private static final long MOST = 100;
  private static final int FILES = 60;

  private static ActorSystem<Object> system;
  private static ExecutorService threads;

  @BeforeContainer
  static void start() {
    system = ActorSystem.create(Behaviors.ignore(), "budget");
    threads = Executors.newFixedThreadPool(4);
  }

  @AfterContainer
  static void stop() {
    threads.shutdownNow();
    system.terminate();
  }

  /** Files in memory, as those see them who read and decode. */
  private static final class Memory {
    private final TreeMap<Integer, Long> files = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private int reads;

    synchronized void add(int file, long bytes) {
      reads++;
      files.merge(file, bytes, Long::sum);
      long all = files.values().stream().mapToLong(Long::longValue).sum();
      // The first one goes on whatever the others hold.
      if (all - files.firstEntry().getValue() > MOST) {
        wrong.add(files.toString());
      }
    }

    synchronized void remove(int file, long bytes) {
      files.merge(file, -bytes, Long::sum);
      files.remove(file, 0L);
    }

    synchronized int reads() {
      return reads;
    }
  }

  /** A stream of files, some of which are read again, or replaced by others, while they decode. */
  private static final class Files {
    private final Memory memory = new Memory();
    private final long[] bytes;
    private final long[] substitutes;
    private final int failsToFetch;
    private final int failsToDecode;

    Files(Random random, int failsToFetch, int failsToDecode) {
      bytes = IntStream.range(0, FILES).mapToLong(i -> size(random)).toArray();
      substitutes =
          IntStream.range(0, FILES)
              .mapToLong(i -> random.nextInt(3) == 0 ? size(random) : 0)
              .toArray();
      this.failsToFetch = failsToFetch;
      this.failsToDecode = failsToDecode;
    }

    private static long size(Random random) {
      return switch (random.nextInt(4)) {
        case 0 -> MOST + random.nextInt(200);
        case 1 -> MOST / 2 + random.nextInt(50);
        default -> random.nextInt(20);
      };
    }

    CompletionStage<ByteString> fetch(int file) {
      return read(file, bytes[file], file == failsToFetch);
    }

    private CompletionStage<ByteString> read(int file, long size, boolean fails) {
      memory.add(file, size);
      return CompletableFuture.supplyAsync(
          () -> {
            if (fails) {
              memory.remove(file, size);
              throw new IllegalStateException("no way to " + file);
            }
            return ByteString.emptyByteString();
          },
          threads);
    }

    CompletionStage<Integer> decode(Fetched<Integer> fetched) {
      int file = fetched.wanted();
      Claim claim = fetched.claim();
      return CompletableFuture.supplyAsync(() -> substitutes[file], threads)
          .thenCompose(
              substitute ->
                  substitute == 0
                      ? CompletableFuture.completedStage(bytes[file])
                      : claim
                          .read(bytes[file], () -> read(file, bytes[file], false))
                          .thenCompose(
                              again -> {
                                memory.remove(file, 2 * bytes[file]);
                                claim.release(2 * bytes[file]);
                                return claim.read(substitute, () -> read(file, substitute, false));
                              })
                          .thenApplyAsync(other -> substitute, threads))
          .thenApply(
              left -> {
                memory.remove(file, left);
                if (file == failsToDecode) {
                  throw new IllegalStateException("no image in " + file);
                }
                return file;
              });
    }

    List<Integer> run(FileBudget budget, int fetches, int decoders) throws Exception {
      return Source.range(0, FILES - 1)
          .via(
              DecodeStages.of(
                  new DecodeStages.Width(fetches, decoders, budget),
                  file -> bytes[file],
                  this::fetch,
                  this::decode))
          .runWith(Sink.seq(), system)
          .toCompletableFuture()
          .get(60, TimeUnit.SECONDS);
    }
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  void shouldKeepOrderAndBoundWhateverTheSizes(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 9) int fetches) throws Exception {
    Random random = new Random(seed);
    Files files = new Files(random, -1, -1);
    FileBudget budget = new FileBudget(() -> MOST);
    assertThat(files.run(budget, fetches, 1 + random.nextInt(3)))
        .isEqualTo(IntStream.range(0, FILES).boxed().toList());
    assertThat(files.memory.wrong).isEmpty();
    assertThat(files.memory.files).isEmpty();
    assertThat(budget.held()).isZero();
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void shouldEndWithAFailure(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = FILES - 1) int fails) {
    Random random = new Random(seed);
    boolean fetch = random.nextBoolean();
    Files files = new Files(random, fetch ? fails : -1, fetch ? -1 : fails);
    FileBudget budget = new FileBudget(() -> MOST);
    assertThatThrownBy(() -> files.run(budget, 5, 2))
        .hasRootCauseInstanceOf(IllegalStateException.class);
    assertThat(files.memory.wrong).isEmpty();
    assertThat(files.memory.reads()).isLessThanOrEqualTo(3 * FILES);
  }

  private static boolean isRead(CompletionStage<?> read) {
    return read.toCompletableFuture().isDone();
  }

  private static CompletionStage<ByteString> file() {
    return CompletableFuture.completedStage(ByteString.emptyByteString());
  }

  @Test
  void shouldLetNothingOvertakeWhatIsTooLargeToComeNow() {
    FileBudget budget = new FileBudget(() -> MOST);
    Claim small = budget.claim();
    Claim large = budget.claim();
    Claim last = budget.claim();
    assertThat(isRead(budget.fetch(small, 10, FileBudgetTest::file))).isTrue();
    CompletionStage<ByteString> second = budget.fetch(large, 1000, FileBudgetTest::file);
    CompletionStage<ByteString> third = budget.fetch(last, 1, FileBudgetTest::file);
    assertThat(isRead(second)).isFalse();
    assertThat(isRead(third)).isFalse();
    small.end();
    assertThat(isRead(second)).isTrue();
    assertThat(isRead(third)).isFalse();
    assertThat(budget.held()).isEqualTo(1000);
    large.end();
    assertThat(isRead(third)).isTrue();
    last.end();
    assertThat(budget.held()).isZero();
  }

  @Test
  void shouldLetTheFirstReadAgainWhatAllWaitFor() {
    FileBudget budget = new FileBudget(() -> MOST);
    Claim first = budget.claim();
    Claim second = budget.claim();
    budget.fetch(first, 50, FileBudgetTest::file);
    budget.fetch(second, 50, FileBudgetTest::file);
    assertThat(isRead(second.read(50, FileBudgetTest::file))).isFalse();
    assertThat(isRead(first.read(50, FileBudgetTest::file))).isTrue();
    assertThat(budget.held()).isEqualTo(150);
  }

  @Test
  void shouldTakeBackWhatFailed() {
    FileBudget budget = new FileBudget(() -> MOST);
    Claim fails = budget.claim();
    Claim waits = budget.claim();
    CompletableFuture<ByteString> read = new CompletableFuture<>();
    budget.fetch(fails, 90, () -> read);
    CompletionStage<ByteString> next = budget.fetch(waits, 90, FileBudgetTest::file);
    assertThat(isRead(next)).isFalse();
    read.completeExceptionally(new IllegalStateException("no way"));
    assertThat(isRead(next)).isTrue();
    assertThat(budget.held()).isEqualTo(90);
  }

  @Test
  void shouldReadNothingAfterItsStream() {
    FileBudget budget = new FileBudget(() -> MOST);
    budget.fetch(budget.claim(), 90, FileBudgetTest::file);
    CompletionStage<ByteString> next = budget.fetch(budget.claim(), 90, FileBudgetTest::file);
    budget.close();
    assertThatThrownBy(() -> next.toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(CancellationException.class);
  }
}
