package org.ijepa.batch;

import akka.Done;
import akka.NotUsed;
import akka.actor.Cancellable;
import akka.actor.ClassicActorSystemProvider;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.stream.javadsl.Source;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.ijepa.batch.SharedWork.Task;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.store.Hedges;

/**
 * The stream of one rank's micro-batches: plan, fetch, decode and crop, batch; with demand from the
 * trainer that pulls. Which samples are decoded by the stream's own stages and which by others is
 * found out as it goes; what comes, and in which order, does not depend on it.
 */
public final class BatchStream {
  /** How often is looked whether somebody is late. */
  private static final Duration TICK = Duration.ofMillis(20);

  /** Micro-batches begun; no bound in practice, which is the room that the work has. */
  private static final int MOST_AT_ONCE = 1024;

  private final BatchPlanner planner;
  private final SampleDecoding decoding;
  private final Options options;
  private final DecodingPeers peers;
  private final BufferPool pool;
  private final BufferPool scratch;
  private final ClassicActorSystemProvider system;

  /**
   * How the stream works.
   *
   * @param microBatch samples of a micro-batch
   * @param fetchParallelism objects being fetched at once
   * @param decodeParallelism images being decoded at once, the threads of {@code decoding}
   * @param fileBytes bytes of files in memory, fetched or being decoded
   * @param prefetch micro-batches ready before they are pulled
   * @param nanoTime clock of what the stages count
   */
  public record Options(
      int microBatch,
      int fetchParallelism,
      int decodeParallelism,
      long fileBytes,
      int prefetch,
      LongSupplier nanoTime) {}

  /**
   * A stream whose own stages decode with {@code decoding}, which is also what {@code peers} do.
   */
  public BatchStream(
      BatchPlanner planner,
      SampleDecoding decoding,
      Options options,
      DecodingPeers peers,
      ClassicActorSystemProvider system) {
    this.planner = planner;
    this.decoding = decoding;
    this.options = options;
    this.peers = peers;
    this.system = system;
    pool = new BufferPool(options.microBatch() * decoding.imageBytes());
    scratch = new BufferPool(decoding.imageBytes());
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
    Hedges before = decoding.hedges();
    SharedWork work =
        new SharedWork(
            new WorkWindow(
                options.fetchParallelism() + 2 * options.decodeParallelism(), options.microBatch()),
            meters.elsewhere(),
            meters::held,
            options.nanoTime());
    Ready ready = new Ready(work);
    FileBudget budget = new FileBudget(options::fileBytes, meters.memory());
    decodeHere(work, meters, budget);
    Runnable served = peers.serve(work);
    Cancellable ticks = ticks(work);
    Pair<CompletionStage<Done>, SinkQueueWithCancel<MicroBatch>> stream =
        microBatches(firstStep, rank, world, meters, work, ready)
            .watchTermination(Keep.right())
            .toMat(
                // By default a sink keeps 16 more than what is prefetched.
                Sink.<MicroBatch>queue(1).withAttributes(Attributes.inputBuffer(1, 1)), Keep.both())
            .run(system.classicSystem());
    stream
        .first()
        .whenComplete(
            (done, failure) -> {
              ticks.cancel();
              work.end();
              budget.close();
              served.run();
            });
    SinkQueueWithCancel<MicroBatch> queue = stream.second();
    return new Feed() {
      @Override
      public CompletionStage<Optional<MicroBatch>> pull() {
        meters.asked();
        return queue
            .pull()
            .thenApply(
                batch -> {
                  batch.ifPresent(
                      given -> {
                        meters.given();
                        ready.given();
                      });
                  return batch;
                });
      }

      @Override
      public PipelineCounts counts() {
        return meters.counts(decoding.hedges().minus(before));
      }

      @Override
      public void cancel() {
        queue.cancel();
      }
    };
  }

  private Cancellable ticks(SharedWork work) {
    return system
        .classicSystem()
        .scheduler()
        .scheduleWithFixedDelay(TICK, TICK, work::tick, system.classicSystem().dispatcher());
  }

  private Source<MicroBatch, NotUsed> microBatches(
      long firstStep, int rank, int world, StreamMeters meters, SharedWork work, Ready ready) {
    return Source.fromIterator(() -> meters.planned(plans(firstStep, rank, world)))
        .mapAsync(1, plan -> work.room().thenApply(granted -> plan))
        .mapAsync(
            MOST_AT_ONCE,
            plan -> {
              meters.admitted();
              return work.submit(new Assembly(plan, pool.take(), decoding.imageBytes()));
            })
        .map(
            assembly -> {
              work.pass();
              MicroBatch batch = meters.batching(() -> assembly.finish(pool));
              ready.made();
              return batch;
            })
        .buffer(options.prefetch(), OverflowStrategy.backpressure())
        .withAttributes(Attributes.inputBuffer(1, 1));
  }

  /** The stream's own stages. */
  private void decodeHere(SharedWork work, StreamMeters meters, FileBudget budget) {
    CompletionStage<Done> news = decoding.news();
    Source.unfoldAsync(
            NotUsed.getInstance(),
            state ->
                news.thenCompose(known -> work.next())
                    .thenApply(next -> next.map(task -> Pair.create(state, task))))
        .via(
            DecodeStages.<Task, Done>of(
                new DecodeStages.Width(
                    options.fetchParallelism(), options.decodeParallelism(), budget),
                task -> decoding.bytes(task.place()),
                task -> meters.fetching(() -> decoding.fetch(task.place())),
                fetched -> meters.decoding(() -> decode(fetched, work))))
        .withAttributes(Attributes.inputBuffer(1, 1))
        .runForeach(done -> meters.decoded(), system.classicSystem())
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                work.fail(
                    failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
              }
            });
  }

  private CompletionStage<Done> decode(DecodeStages.Fetched<Task> fetched, SharedWork work) {
    Task task = fetched.wanted();
    if (!task.isShared()) {
      return decoding
          .decode(
              task.place(), fetched.file(), task.assembly().target(task.number()), fetched.claim())
          .thenApply(
              decoded -> {
                work.done(task, decoded);
                return Done.getInstance();
              });
    }
    // Its place may be filled by others meanwhile, and be given to the trainer.
    ByteBuffer pixels = scratch.take();
    return decoding
        .decode(task.place(), fetched.file(), pixels, fetched.claim())
        .thenApply(
            decoded -> {
              work.done(task, decoded, pixels.duplicate());
              scratch.giveBack(pixels);
              return Done.getInstance();
            });
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

  /** Micro-batches that are ready; where there is none, the trainer waits for what is late. */
  private static final class Ready {
    private final SharedWork work;
    private final AtomicInteger count = new AtomicInteger();

    Ready(SharedWork work) {
      this.work = work;
    }

    void made() {
      work.wanted(count.incrementAndGet() == 0);
    }

    void given() {
      work.wanted(count.decrementAndGet() == 0);
    }
  }
}
