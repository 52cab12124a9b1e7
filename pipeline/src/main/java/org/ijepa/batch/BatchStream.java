package org.ijepa.batch;

import akka.NotUsed;
import akka.actor.ClassicActorSystemProvider;
import akka.stream.Attributes;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.ijepa.batch.MicroBatchPlan.Slot;
import org.ijepa.crop.CropRules;
import org.ijepa.decode.BadImage;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.order.Place;
import org.ijepa.random.RandomKey;
import org.ijepa.source.DataSource;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.store.Hedges;

/**
 * The stream of one rank's micro-batches: plan, fetch, decode and crop, batch; with demand from the
 * trainer that pulls. Order is kept at every stage, whatever finishes first.
 */
public final class BatchStream {
  private static final int CHANNELS = 3;

  /** A place whose sample and this many substitutes are bad stands in a set that is unreadable. */
  private static final int MOST_ATTEMPTS = 64;

  /** Native memory for the file that a thread decodes; holds nothing from one file to the next. */
  private static final ThreadLocal<ByteBuffer> FILE = new ThreadLocal<>();

  private final BatchPlanner planner;
  private final DataSource source;
  private final ImageDecoder decoder;
  private final Options options;
  private final RandomKey cropKey;
  private final BufferPool pool;
  private final ClassicActorSystemProvider system;
  private final Executor decoding;

  /**
   * How the stream works.
   *
   * @param imageSize side of the model's images, pixels
   * @param seed of the run
   * @param fetchParallelism objects being fetched at once
   * @param decodeParallelism images being decoded at once, the threads of {@code decoding}
   * @param prefetch micro-batches ready before they are pulled
   * @param nanoTime clock of what the stages count
   */
  public record Options(
      int imageSize,
      int microBatch,
      long seed,
      CropRules crop,
      int fetchParallelism,
      int decodeParallelism,
      int prefetch,
      LongSupplier nanoTime) {}

  /** A stream that decodes on {@code decoding}'s threads. */
  public BatchStream(
      BatchPlanner planner,
      DataSource source,
      ImageDecoder decoder,
      Options options,
      ClassicActorSystemProvider system,
      Executor decoding) {
    this.planner = planner;
    this.source = source;
    this.decoder = decoder;
    this.options = options;
    this.system = system;
    this.decoding = decoding;
    cropKey = RandomKey.of(options.seed(), "crop");
    pool = new BufferPool(options.microBatch() * imageBytes());
  }

  private int imageBytes() {
    return options.imageSize() * options.imageSize() * CHANNELS;
  }

  /** What a trainer pulls micro-batches from; cancelled when its rank ends. */
  public interface Feed {
    /** The next micro-batch, in order. */
    CompletionStage<Optional<MicroBatch>> pull();

    /** What the stages of this stream have counted since it began. */
    PipelineCounts counts();

    /** Ends the stream. */
    void cancel();
  }

  /** Begins the micro-batches of a rank at a step. */
  public Feed start(long firstStep, int rank, int world) {
    StreamMeters meters = new StreamMeters(options);
    Hedges before = source.hedges();
    SinkQueueWithCancel<MicroBatch> queue =
        microBatches(firstStep, rank, world, meters)
            .runWith(
                // By default a sink keeps 16 more than what is prefetched.
                Sink.<MicroBatch>queue(1).withAttributes(Attributes.inputBuffer(1, 1)),
                system.classicSystem());
    return new Feed() {
      @Override
      public CompletionStage<Optional<MicroBatch>> pull() {
        meters.asked();
        return queue
            .pull()
            .thenApply(
                batch -> {
                  batch.ifPresent(given -> meters.given());
                  return batch;
                });
      }

      @Override
      public PipelineCounts counts() {
        return meters.counts(source.hedges().minus(before));
      }

      @Override
      public void cancel() {
        queue.cancel();
      }
    };
  }

  private Source<MicroBatch, NotUsed> microBatches(
      long firstStep, int rank, int world, StreamMeters meters) {
    return Source.fromIterator(() -> meters.planned(plans(firstStep, rank, world)))
        .mapConcat(plan -> samples(new Assembly(plan, pool.take())))
        .mapAsync(
            options.fetchParallelism(),
            sample -> meters.fetching(sample.isLast(), () -> fetch(sample)))
        // Decoding runs ahead on its own threads; the boundary keeps fetching going meanwhile.
        .async()
        // As many wait for a thread as there are threads: none stands still until it is told what
        // is next.
        .mapAsync(
            2 * options.decodeParallelism(), fetched -> meters.decoding(() -> decode(fetched)))
        .filter(sample -> meters.isComplete(sample.isLast()))
        .map(sample -> meters.batching(() -> sample.assembly().finish(pool)))
        .buffer(options.prefetch(), OverflowStrategy.backpressure())
        .withAttributes(Attributes.inputBuffer(1, 1));
  }

  private Iterator<MicroBatchPlan> plans(long firstStep, int rank, int world) {
    if (planner.count(rank, world) == 0) {
      // More trainers than micro-batches: steps without end would be searched for this rank's.
      return Collections.emptyIterator();
    }
    return LongStream.iterate(firstStep, step -> step + 1)
        .boxed()
        .flatMap(step -> planner.plan(step, rank, world).stream())
        .iterator();
  }

  private static List<Sample> samples(Assembly assembly) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < assembly.plan.slots().size(); i++) {
      samples.add(new Sample(assembly, i));
    }
    return samples;
  }

  private CompletionStage<Fetched> fetch(Sample sample) {
    return fetch(sample.slot().place().sample()).thenApply(bytes -> new Fetched(sample, bytes));
  }

  /** What the world causes ends the run, resumably: a substitute would make it another run. */
  private CompletionStage<ByteString> fetch(long index) {
    return source
        .fetch(index)
        .exceptionally(
            failure -> {
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              throw new Failure(
                  ExitCode.INTERRUPTED,
                  "cannot read a sample: " + cause.getMessage(),
                  "mend the store and start the same command again",
                  cause);
            });
  }

  private CompletionStage<Sample> decode(Fetched fetched) {
    Sample sample = fetched.sample();
    return decode(sample, 0, sample.slot().place().sample(), fetched.bytes());
  }

  /** Decodes an attempt at a place; a bad image leads to the next substitute. */
  private CompletionStage<Sample> decode(Sample sample, int attempt, long index, ByteString bytes) {
    return CompletableFuture.supplyAsync(() -> tryDecode(sample, attempt, index, bytes), decoding)
        .thenCompose(
            good -> {
              if (good) {
                return CompletableFuture.completedFuture(sample);
              }
              int next = attempt + 1;
              long substitute = planner.order().substitute(sample.slot().place(), next);
              return fetch(substitute)
                  .thenCompose(other -> decode(sample, next, substitute, other));
            });
  }

  /** The file in this thread's own native memory, which is valid until its next file. */
  private ByteBuffer file(ByteString bytes) {
    ByteBuffer buffer = FILE.get();
    if (buffer == null || buffer.capacity() < bytes.size()) {
      buffer = ByteBuffer.allocateDirect(Math.max(1 << 16, bytes.size() * 5 / 4));
      FILE.set(buffer);
    }
    buffer.clear();
    bytes.copyToBuffer(buffer);
    return buffer.flip();
  }

  private boolean tryDecode(Sample sample, int attempt, long index, ByteString bytes) {
    Place place = sample.slot().place();
    RandomKey key = cropKey.with(place.epoch()).with(place.position()).with(attempt);
    ByteBuffer file = file(bytes);
    ByteBuffer target = sample.assembly().images.duplicate();
    target.position(sample.number() * imageBytes());
    try {
      decoder.decode(
          file,
          (width, height) -> options.crop().choose(key, width, height),
          options.imageSize(),
          target);
      sample.assembly().used(sample.number(), attempt);
      return true;
    } catch (BadImage e) {
      String name = source.index().key(index);
      if (attempt >= MOST_ATTEMPTS) {
        throw new Failure(
            ExitCode.BAD_DATA,
            attempt
                + " samples in turn were no usable images, the last "
                + name
                + ": "
                + e.getMessage(),
            "check that data.uri holds images");
      }
      sample
          .assembly()
          .bad(
              new BadSample(
                  sample.slot().slot(), attempt, name, e.reason().name(), e.getMessage()));
      return false;
    }
  }

  /** A micro-batch being filled, by several threads at different places. */
  private static final class Assembly {
    private final MicroBatchPlan plan;
    private final ByteBuffer images;
    private final int[] attempts;
    private final List<BadSample> bad = new ArrayList<>();

    Assembly(MicroBatchPlan plan, ByteBuffer images) {
      this.plan = plan;
      this.images = images;
      attempts = new int[plan.slots().size()];
    }

    synchronized void used(int number, int attempt) {
      attempts[number] = attempt;
    }

    synchronized void bad(BadSample sample) {
      bad.add(sample);
    }

    synchronized MicroBatch finish(BufferPool pool) {
      bad.sort(Comparator.comparingInt(BadSample::slot).thenComparingInt(BadSample::attempt));
      return new MicroBatch(plan, images, pool, attempts.clone(), bad);
    }
  }

  private record Sample(Assembly assembly, int number) {
    Slot slot() {
      return assembly.plan.slots().get(number);
    }

    boolean isLast() {
      return number == assembly.plan.slots().size() - 1;
    }
  }

  private record Fetched(Sample sample, ByteString bytes) {}
}
