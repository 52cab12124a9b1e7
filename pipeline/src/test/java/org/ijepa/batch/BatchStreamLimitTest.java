package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import akka.pattern.Patterns;
import akka.util.ByteString;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.ijepa.augment.Augmentation;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.DecoderDouble;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Tail;
import org.ijepa.source.DataSource;
import org.ijepa.stage.Bottleneck;
import org.ijepa.stage.Bottleneck.Limit;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.store.Store;
import org.junit.jupiter.api.Test;

/** A real stream, one of whose stages is slowed so much that it must be the one that is named. */
class BatchStreamLimitTest extends StreamOfFilesTest {
  private static final int MICRO_BATCH = 4;
  private static final int MICRO_BATCHES = 8;
  private static final int FETCHES = 3;
  private static final int DECODES = 2;
  private static final int PREFETCH = 2;
  private static final int CORES = 8;
  private static final Duration SLOW = Duration.ofMillis(100);

  BatchStreamLimitTest() {
    super(DECODES);
  }

  private Bottleneck limit(
      Duration store, Duration decoder, Runnable trainer, LongSupplier nanoTime) throws Exception {
    return limit(stream(store, decoder, Long.MAX_VALUE, nanoTime), trainer);
  }

  private Bottleneck limit(BatchStream stream, Runnable trainer) throws Exception {
    BatchStream.Feed feed = stream.start(0, 0, 1);
    PipelineCounts begun = PipelineCounts.NONE;
    for (int i = 0; i < MICRO_BATCHES; i++) {
      try (MicroBatch batch = feed.pull().toCompletableFuture().get().orElseThrow()) {
        assertThat(batch.plan().slots()).hasSize(MICRO_BATCH);
        if (i == 0) {
          begun = feed.counts();
        }
        trainer.run();
      }
    }
    PipelineCounts all = feed.counts();
    feed.cancel();
    PipelineCounts counts = all.minus(begun);
    assertThat(counts.trainer().in()).isEqualTo(MICRO_BATCHES - 1);
    assertThat(counts.batch().out()).isEqualTo(MICRO_BATCHES - 1);
    // No more is made ready than the prefetch, the sink's one, and what the window admits at most:
    // how much of it is decoded out of order depends on the threads.
    int window = 2 * (FETCHES + 2 * DECODES) + MICRO_BATCH - 1 + MICRO_BATCH;
    int ready = PREFETCH + 1 + window / MICRO_BATCH;
    // What is decoded is counted once the decode stage has passed it on, in order.
    assertThat(all.decode().out())
        .isBetween(
            (long) MICRO_BATCH * MICRO_BATCHES - 2 * DECODES,
            (long) MICRO_BATCH * (MICRO_BATCHES + ready));
    return Bottleneck.of(counts, CORES);
  }

  private BatchStream stream(
      Duration slowStore, Duration slowDecoder, long fileBytes, LongSupplier nanoTime) {
    Store store = slow(store(), slowStore);
    DataSource source = DataSource.open(store, system).toCompletableFuture().join();
    SampleOrder order = new SampleOrder(1, source.index().size(), 32, 1, Tail.DROP);
    return new BatchStream(
        new BatchPlanner(order, new MaskSampler(MaskRules.corrected(14), 1), MICRO_BATCH),
        new SampleDecoding(
            order,
            source,
            DecodingParts.of(
                new DecoderDouble(3, (file, crop, side, target) -> slow(slowDecoder)), decoding),
            new CropRules(0.3, 1, 0.75, 1.25),
            Augmentation.none(),
            1,
            8),
        new BatchStream.Options(MICRO_BATCH, FETCHES, DECODES, fileBytes, PREFETCH, nanoTime),
        DecodingPeers.NONE,
        system);
  }

  /** The same store, whose reads take longer. */
  private Store slow(Store store, Duration delay) {
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(store, arguments);
              return method.getName().equals("read") && !delay.isZero()
                  ? Patterns.after(delay, system, () -> bytes((CompletionStage<?>) result))
                  : result;
            });
  }

  private static CompletionStage<ByteString> bytes(CompletionStage<?> read) {
    return read.thenCompose(result -> CompletableFuture.completedFuture((ByteString) result));
  }

  /** Being slow is the load here; nothing is waited for. */
  private static void slow(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Test
  void shouldNameASlowStore() throws Exception {
    Bottleneck found = limit(SLOW, Duration.ZERO, () -> {}, System::nanoTime);
    assertThat(found.limit()).isEqualTo(Limit.FETCH);
    assertThat(found.text()).contains("raise pipeline.fetch.parallelism from 3 to ");
  }

  @Test
  void shouldNameASlowDecoder() throws Exception {
    Bottleneck found = limit(Duration.ZERO, SLOW, () -> {}, System::nanoTime);
    assertThat(found.limit()).isEqualTo(Limit.DECODE);
    assertThat(found.text()).contains("raise pipeline.decode.parallelism from 2 to 8");
  }

  /** Each file comes alone, so that one decoder of two has nothing to do. */
  @Test
  void shouldNameTheMemoryForFiles() throws Exception {
    Bottleneck found = limit(stream(Duration.ZERO, SLOW, 1, System::nanoTime), () -> {});
    assertThat(found.limit()).isEqualTo(Limit.MEMORY);
    assertThat(found.text()).contains("raise pipeline.fetch.bytes to twice what it is");
  }

  @Test
  void shouldNameSlowTrainers() throws Exception {
    // Its clock stands still but while it works: a busy machine makes it wait for threads.
    AtomicLong now = new AtomicLong();
    Bottleneck found =
        limit(Duration.ZERO, Duration.ZERO, () -> now.addAndGet(SLOW.toNanos()), now::get);
    assertThat(found.limit()).isEqualTo(Limit.TRAINERS);
    assertThat(found.inputWait()).isZero();
  }
}
