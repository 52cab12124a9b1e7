package org.ijepa.bench;

import akka.actor.typed.ActorSystem;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ijepa.augment.Augmentation;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.batch.DecodingParts;
import org.ijepa.batch.DecodingPeers;
import org.ijepa.batch.MicroBatch;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.mask.MaskRules;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;

/** Pulls micro-batches from the stream that feeds a trainer, and does nothing with them. */
final class BatchReading {
  private static final int FETCHES = 16;
  private static final int PREFETCH = 4;
  private static final int GRID = 14;

  private final DataWork work;
  private final ImageDecoder decoder;
  private final ActorSystem<?> system;

  /** Images that are shuffled together where they stand in shards, as in a run. */
  private final int window = Settings.load(Optional.empty(), List.of()).order().window();

  BatchReading(DataWork work, ImageDecoder decoder, ActorSystem<?> system) {
    this.work = work;
    this.decoder = decoder;
    this.system = system;
  }

  /** Reads samples, one after another as often as told, and does nothing with them. */
  void read(DataSource source, int times) throws InterruptedException {
    try {
      Source.range(0, times - 1)
          .mapAsyncUnordered(FETCHES, at -> source.fetch(at % source.index().size()))
          .runWith(Sink.ignore(), system)
          .toCompletableFuture()
          .get();
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
  }

  private static RuntimeException unchecked(ExecutionException e) {
    return e.getCause() instanceof RuntimeException failure
        ? failure
        : new IllegalStateException(e.getCause());
  }

  private Shards shards(DataSource source) {
    return source.isSharded() ? new Shards(source.index().samplesOfShards(), window) : Shards.NONE;
  }

  /**
   * Seconds in which as many images come as a round has, masks and all. The first micro-batch, for
   * which nothing could be read ahead, is waited for before.
   */
  double seconds(DataSource source, int threads) throws InterruptedException {
    SampleOrder order =
        new SampleOrder(0, source.index().size(), DataWork.STEP, 1, Tail.DROP, shards(source));
    ExecutorService decoding = Executors.newFixedThreadPool(threads);
    BatchStream stream =
        new BatchStream(
            new BatchPlanner(
                order, new MaskSampler(MaskRules.corrected(GRID), 0), DataWork.MICRO_BATCH),
            new SampleDecoding(
                order,
                source,
                DecodingParts.of(decoder, decoding),
                CropRules.published(),
                Augmentation.none(),
                0,
                work.side()),
            new BatchStream.Options(
                DataWork.MICRO_BATCH, FETCHES, threads, Long.MAX_VALUE, PREFETCH, System::nanoTime),
            DecodingPeers.NONE,
            system);
    BatchStream.Feed feed = stream.start(0, 0, 1);
    try {
      pull(feed);
      long begin = System.nanoTime();
      for (int got = 0; got < work.images(); got += DataWork.MICRO_BATCH) {
        pull(feed);
      }
      return (System.nanoTime() - begin) * 1e-9;
    } catch (ExecutionException e) {
      throw unchecked(e);
    } finally {
      feed.cancel();
      decoding.shutdown();
    }
  }

  private static void pull(BatchStream.Feed feed) throws InterruptedException, ExecutionException {
    Optional<MicroBatch> batch = feed.pull().toCompletableFuture().get();
    batch.orElseThrow().close();
  }
}
