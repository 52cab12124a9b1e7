package org.ijepa.node;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.batch.DecodeJournal;
import org.ijepa.batch.DecodingParts;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.batch.SampleViews;
import org.ijepa.cache.DiskCache;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decode.DecodeTrial;
import org.ijepa.decode.GuardedDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.decoding.RemoteDecoding;
import org.ijepa.failure.FileReason;
import org.ijepa.order.SampleOrder;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.IndexProgress;
import org.ijepa.source.Samples;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.Store;
import org.ijepa.store.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node reads, decodes and batches with: stores, decoder, threads and cache. It has an actor
 * system of its own, which lives before and after the cluster's.
 */
final class DataPlane {
  private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);

  /** The longest that one image takes to decode. */
  private static final long DECODE_SECONDS = 30;

  /** The longest that a process takes in which files are tried. */
  private static final long TRIAL_SECONDS = 120;

  /** So long a stream waits to hear what others have found out of files. */
  private static final Duration LIST_PATIENCE = Duration.ofSeconds(5);

  /** A read that moves no byte for so long has failed. */
  private static final Duration STALL = Duration.ofSeconds(30);

  private final Settings settings;
  private final Function<String, IndexProgress> indexing;
  private final Optional<DiskCache> cache;
  private final GuardedDecoder decoder;
  private final ExecutorService threads;
  private final ActorSystem<Object> services;
  private final RemoteDecoding remote = new RemoteDecoding();

  /** By the fingerprints of what they number; written while the node is prepared. */
  private final Map<String, DecodeJournal> journals = new ConcurrentHashMap<>();

  /** Of the run that this node is prepared for. */
  private volatile Supplier<CompletionStage<Done>> news = DecodingParts.NO_NEWS;

  private DataPlane(
      Settings settings,
      Function<String, IndexProgress> indexing,
      Optional<DiskCache> cache,
      GuardedDecoder decoder,
      ExecutorService threads,
      ActorSystem<Object> services) {
    this.settings = settings;
    this.indexing = indexing;
    this.cache = cache;
    this.decoder = decoder;
    this.threads = threads;
    this.services = services;
  }

  /**
   * Starts threads and actor system; reads nothing yet.
   *
   * @param indexing makes who hears how far the index of the source at an address is
   * @throws IOException if the cache's folder cannot be used
   */
  static DataPlane open(Settings settings, Function<String, IndexProgress> indexing)
      throws IOException {
    Optional<DiskCache> cache = Models.sampleCache(settings);
    PipelineSettings pipeline = settings.pipeline();
    int trainers = settings.cluster().trainers();
    return new DataPlane(
        settings,
        indexing,
        cache,
        new GuardedDecoder(ImageDecoders.open(ImageDecoders.Options.of(settings))),
        Executors.newFixedThreadPool(decoders(settings), DataPlane::decoderThread),
        Services.start(pipeline.fetchParallelism() * trainers));
  }

  private static int decoders(Settings settings) {
    return settings.pipeline().decodeParallelism() * settings.cluster().trainers();
  }

  private static Thread decoderThread(Runnable work) {
    Thread thread = new Thread(work, "decoder");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Learns which files take a process down, and leaves word of what is decoded from now on, so that
   * the next process in this folder can learn as much from this one. What goes wrong in a node that
   * has no need of the run's store otherwise, or with the journal, is only told.
   *
   * @param out the run folder
   * @param all that is decoded by way of this
   * @param checkpoints of the run
   */
  void guard(Path out, List<Samples> all, CheckpointStore checkpoints, RunListener listener)
      throws InterruptedException {
    Path folder = RunFolder.decoding(out);
    DecodeTrial trial =
        new DecodeTrial(
            ImageDecoders.Options.of(settings), settings.data().imageSize(), TRIAL_SECONDS);
    DecoderCrashes crashes =
        new DecoderCrashes(
            folder,
            all,
            // A trainer in the same folder decodes what the run is evaluated on, too.
            !settings.cluster().decodesOnly(),
            checkpoints.marks(),
            trial,
            listener);
    try {
      crashes.tryLeft();
    } catch (IOException e) {
      listener.noted(
          "warning: what was decoded when the process before ended cannot be tried: %s: %s"
              .formatted(folder, FileReason.of(e)));
    } catch (StoreException e) {
      cannotShare(e, listener);
    }
    decoder.refuse(crashes.found());
    try {
      decoder.refuse(checkpoints.marks().refused());
    } catch (StoreException e) {
      cannotShare(e, listener);
    }
    news =
        new RefusedFiles(decoder, checkpoints.marks()::refused, listener, blocking(), LIST_PATIENCE)
            ::news;
    try {
      for (Samples samples : all) {
        String fingerprint = samples.fingerprint();
        if (!journals.containsKey(fingerprint)) {
          journals.put(fingerprint, DecodeJournal.begin(folder, fingerprint, decoders(settings)));
        }
      }
    } catch (IOException e) {
      listener.noted(
          "warning: the next start will not know what was decoded if this process dies: %s: %s"
              .formatted(folder, FileReason.of(e)));
    }
  }

  private void cannotShare(StoreException failure, RunListener listener) {
    if (!settings.cluster().decodesOnly()) {
      throw Preflight.unusable(failure);
    }
    listener.noted(
        "warning: this node does not share with others which files take a process down: "
            + failure.getMessage());
  }

  /** Codec, version and options, which are part of a run's meaning. */
  String decoderName() {
    return decoder.name();
  }

  ActorSystem<Object> services() {
    return services;
  }

  /** Who decodes for this node's trainers elsewhere. */
  RemoteDecoding remote() {
    return remote;
  }

  /** What the cache did, in words; empty without one. */
  Optional<String> cacheCounts() {
    return cache.map(kept -> kept.counts().text());
  }

  /** A source, indexed, read through the cache where there is one. */
  DataSource source(String uri) {
    try (IndexProgress progress = indexing.apply(uri)) {
      DataSource source =
          DataSource.open(uri, this::store, Models.indexCache(settings), progress, services)
              .toCompletableFuture()
              .join();
      return cache.map(kept -> source.cached(kept, blocking())).orElse(source);
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }

  private Executor blocking() {
    return services.dispatchers().lookup(DispatcherSelector.blocking());
  }

  private Store store(String uri) {
    PipelineSettings.Retry retry = settings.pipeline().retry();
    return Store.open(
        uri,
        Models.s3(settings),
        new RetryPolicy(retry.minBackoff(), retry.maxBackoff(), retry.giveUpAfter(), STALL),
        services);
  }

  /** The checkpoints of the run in a folder, which are there or where the settings say. */
  CheckpointStore checkpoints(Path run) throws IOException {
    if (settings.checkpoint().uri().isEmpty()) {
      Files.createDirectories(RunFolder.checkpoints(run));
    }
    return checkpoints(Models.checkpoints(settings, run), run);
  }

  /** The checkpoints at a place, which are read and written by way of the run's folder. */
  CheckpointStore checkpoints(String uri, Path run) throws IOException {
    return new CheckpointStore(uri, store(uri), run.resolve("tmp"), services);
  }

  /** The run's samples as pixels. */
  SampleDecoding decoding(Samples samples, SampleOrder order) {
    return new SampleDecoding(
        order,
        samples,
        parts(samples),
        Models.cropRules(settings),
        settings.data().augmentation(),
        settings.seed(),
        settings.data().imageSize());
  }

  /** Samples as they are looked at beside the training. */
  SampleViews views(Samples samples) {
    return new SampleViews(samples, parts(samples), settings.data().imageSize());
  }

  private DecodingParts parts(Samples samples) {
    return new DecodingParts(decoder, threads, journal(samples), news);
  }

  private DecodeJournal journal(Samples samples) {
    return journals.getOrDefault(samples.fingerprint(), DecodeJournal.NONE);
  }

  /** The run's micro-batches, decoded here and by whoever else decodes. */
  BatchStream batches(BatchPlanner planner, SampleDecoding samples, int microBatch) {
    PipelineSettings pipeline = settings.pipeline();
    return new BatchStream(
        planner,
        samples,
        new BatchStream.Options(
            microBatch,
            pipeline.fetchParallelism(),
            pipeline.decodeParallelism(),
            pipeline.fetchBytes() / settings.cluster().trainers(),
            pipeline.prefetch(),
            System::nanoTime),
        remote,
        services);
  }

  /** Ends system and threads, and with these all decoding. */
  void close() {
    Services.stop(services);
    threads.shutdown();
    try {
      // Native memory goes back only once no thread decodes into it any more.
      if (threads.awaitTermination(DECODE_SECONDS, TimeUnit.SECONDS)) {
        decoder.close();
        for (DecodeJournal journal : journals.values()) {
          journal.close();
        }
      }
    } catch (IOException e) {
      LOG.warn("the journal of what was decoded stays: {}", FileReason.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
