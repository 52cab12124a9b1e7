package org.ijepa.node;

import ai.djl.Device;
import ai.djl.engine.Engine;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.cache.DiskCache;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collective.RingPort;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.coordinator.RunEvents;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.RunPlan;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.Store;
import org.ijepa.trainer.CollectiveFactory;
import org.ijepa.trainer.Collectives;
import org.ijepa.trainer.StartValues;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepWatch;
import org.ijepa.trainer.TrainerParts;
import org.ijepa.vit.Layout;

/** A pretraining run on this node, from settings to outcome. */
public final class PretrainRun implements AutoCloseable {
  private static final int MAX_TRAINER_FAILURES = 5;

  /** The longest that one image takes to decode. */
  private static final long DECODE_SECONDS = 30;

  /** A read that moves no byte for so long has failed. */
  private static final Duration STALL = Duration.ofSeconds(30);

  private final Settings settings;
  private final RunEvents listener;
  private final StepProbe probe;
  private final Path out;
  private final RunSession session = new RunSession();
  private final AtomicReference<RunFolder> founded = new AtomicReference<>();
  private final ExecutorService decoding;
  private final ImageDecoder decoder;
  private final ActorSystem<Object> services;
  private final Optional<DiskCache> cache;
  private final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();
  private final CompletableFuture<Prepared> prepared = new CompletableFuture<>();
  private final Thread preparation = new Thread(this::tryToPrepare, "preparation");
  private volatile ActorSystem<Node.Command> node;
  private volatile boolean stopRequested;
  private volatile boolean led;
  private volatile RingPort port;

  /** What is known before the first step: that there is nothing to do, or who does it. */
  private record Prepared(
      Optional<RunOutcome> end,
      Optional<CoordinatorParts> coordinator,
      Optional<TrainerParts> trainer) {
    static Prepared ended(RunOutcome outcome) {
      return new Prepared(Optional.of(outcome), Optional.empty(), Optional.empty());
    }
  }

  /**
   * Opens the run folder; nothing runs yet.
   *
   * @param out the run folder; one that holds a run goes on with it
   * @param listener hears of steps and events
   * @throws IOException if the folder cannot be written
   */
  public PretrainRun(Settings settings, Path out, RunListener listener, StepProbe probe)
      throws IOException {
    this.settings = Precisions.settled(settings);
    this.listener = new RunEvents(listener, Clock.systemUTC());
    this.probe = probe;
    this.out = out;
    RunFolder.create(out);
    cache = Models.sampleCache(settings);
    if (settings.cluster().seedNodes().isEmpty()) {
      // Of several nodes, only the one that leads holds the folder.
      founded.set(RunFolder.open(out, Clock.systemUTC(), session.id()));
    }
    decoder = ImageDecoders.open(ImageDecoders.Options.of(settings.pipeline()));
    int decoders = settings.pipeline().decodeParallelism() * settings.cluster().trainers();
    decoding = Executors.newFixedThreadPool(decoders, PretrainRun::decoderThread);
    // Data and checkpoints have a system of their own: it lives before and after the cluster's.
    services =
        Services.start(settings.pipeline().fetchParallelism() * settings.cluster().trainers());
  }

  private static Thread decoderThread(Runnable work) {
    Thread thread = new Thread(work, "decoder");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Stops after the step in flight, with a checkpoint, or at once while nothing is trained yet;
   * {@link #run} then returns.
   */
  public void requestStop() {
    stopRequested = true;
    // Before the first step the world may keep us waiting for long.
    prepared.complete(
        Prepared.ended(
            new RunOutcome(ExitCode.INTERRUPTED, 0, "interrupted before a step was made")));
    ActorSystem<Node.Command> running = node;
    if (running != null) {
      running.tell(Node.Drain.INSTANCE);
    }
  }

  /** Runs to the end, to a stop, or to a failure. */
  public RunOutcome run() throws IOException, InterruptedException {
    preparation.setDaemon(true);
    preparation.start();
    Prepared ready = await(prepared);
    if (ready.end().isPresent()) {
      return ready.end().get();
    }
    RunOutcome end =
        runNode(ready.coordinator().orElseThrow(), ready.trainer().orElseThrow(), port.endpoint());
    cache.ifPresent(kept -> listener.noted("cache: " + kept.counts().text()));
    return end;
  }

  private void tryToPrepare() {
    try {
      prepared.complete(prepare());
    } catch (IOException | RuntimeException | Error e) {
      prepared.completeExceptionally(e);
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private Prepared prepare() throws IOException {
    RunSources sources = RunSources.open(settings, this::openSource);
    String claimant = UUID.randomUUID().toString();
    CheckpointStore checkpoints = openCheckpoints();
    Layout layout = Layout.of(Models.geometry(settings));
    Preflight.memory(settings);
    Preflight.disk(out, layout);
    Preflight.checkpoints(checkpoints, claimant);
    if (settings.cluster().seedNodes().isEmpty() && !settings.checkpoint().uri().isEmpty()) {
      // In the run folder its lock tells.
      Preflight.ledByNobody(checkpoints, listener);
    }
    String meaning = settings.meaning() + "decoder = " + decoder.name() + "\n";
    Samples samples = sources.samples();
    Optional<CheckpointName> newest =
        Preflight.sameRun(checkpoints, settings, sources, out, meaning, listener);
    SampleOrder order = sources.order();
    RunPlan plan = Models.plan(settings, order.stepsPerEpoch());
    listener.planned(plan.totalSteps());
    listener.opened(samples);
    if (newest.isPresent() && newest.get().step() >= plan.totalSteps()) {
      long steps = newest.get().step();
      return Prepared.ended(
          new RunOutcome(ExitCode.DONE, steps, "all " + steps + " steps were done already"));
    }
    listener.noted(
        sources.text()
            + ", "
            + order.stepsPerEpoch()
            + " steps an epoch, "
            + plan.totalSteps()
            + " steps in all");
    settings
        .optimization()
        .emaWarning(plan.totalSteps())
        .ifPresent(warning -> listener.noted("warning: " + warning));
    sources.problems().forEach(problem -> listener.noted("warning: " + problem));
    CoordinatorParts coordinator =
        new CoordinatorParts(
            settings,
            plan,
            checkpoints,
            () -> openFolder(sources, newest.isEmpty()),
            sources.header(),
            samples,
            session::id,
            claimant,
            meaning,
            versions(),
            MAX_TRAINER_FAILURES,
            listener);
    port = RingPort.open(settings.cluster().host(), meaning + samples.fingerprint());
    CollectiveFactory collectives = new Collectives(port, settings.cluster().collectiveTimeout());
    return new Prepared(
        Optional.empty(),
        Optional.of(coordinator),
        Optional.of(
            trainer(
                samples,
                order,
                checkpoints,
                collectives,
                start(),
                Watches.of(
                    settings,
                    sources.whole(),
                    this::openSource,
                    decoder,
                    plan.totalSteps(),
                    listener,
                    services))));
  }

  /** The folder, once this node leads; it tells which index the run began with. */
  private RunFolder openFolder(RunSources sources, boolean begins) throws IOException {
    RunFolder already = founded.getAndSet(null);
    RunFolder folder =
        already != null ? already : RunFolder.open(out, Clock.systemUTC(), session.id());
    led = true;
    listener.led(folder.events(), "led by " + versions());
    sources.keep(out, begins);
    return folder;
  }

  /** Whether this node has led the run, and so written into the run folder. */
  public boolean led() {
    return led;
  }

  private RunOutcome runNode(CoordinatorParts coordinator, TrainerParts trainer, String endpoint)
      throws InterruptedException {
    ClusterSettings cluster = settings.cluster();
    boolean alone = cluster.seedNodes().isEmpty() && cluster.port() == 0;
    Node.Parts parts =
        new Node.Parts(
            cluster.nodeName().isEmpty() && alone ? "trainer" : cluster.nodeName(),
            ClusterConfig.seeds(cluster),
            cluster.roles().contains(Role.TRAINER) ? cluster.trainers() : 0,
            endpoint,
            Clock.systemUTC().millis() * 1000,
            session,
            check(coordinator),
            coordinator,
            trainer,
            outcome);
    node = ActorSystem.create(Node.create(parts), cluster.name(), ClusterConfig.of(cluster));
    if (stopRequested) {
      node.tell(Node.Drain.INSTANCE);
    }
    Cluster self = Cluster.get(node);
    node.getWhenTerminated()
        .whenComplete((done, failure) -> outcome.complete(endedWithoutWord(self)));
    try {
      RunOutcome end = outcome.get();
      node.getWhenTerminated().toCompletableFuture().join();
      return end;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an outcome is never a failure", e);
    }
  }

  /**
   * Random values, or those of another run's newest checkpoint, which must be of the same model.
   */
  private StartValues start() throws IOException {
    String from = settings.model().init().checkpoint();
    if (from.isEmpty()) {
      return replica -> replica.initialise(Models.initialisation(settings), settings.seed());
    }
    CheckpointStore others = new CheckpointStore(from, open(from), out.resolve("tmp"), services);
    CheckpointName name = Preflight.sameModel(others, settings);
    listener.noted("begins with " + name + " of " + from);
    return replica -> {
      others.readTensors(name, replica.geometry(), replica.state());
      replica.stateChanged();
    };
  }

  /** A system that ends by itself has been removed from its cluster, has left it, or has failed. */
  private RunOutcome endedWithoutWord(Cluster self) {
    MemberStatus status = self.selfMember().status();
    boolean in = status.equals(MemberStatus.up()) || status.equals(MemberStatus.joining());
    if (in) {
      return new RunOutcome(
          ExitCode.INTERNAL_ERROR, 0, "the actor system ended without an outcome");
    }
    return new RunOutcome(
        ExitCode.INTERRUPTED,
        0,
        stopRequested
            ? "this node has left the run; the other nodes go on"
            : "this node was removed from the run: the others could not reach it for too long;"
                + " the same command joins again");
  }

  private NodeCheck check(CoordinatorParts own) {
    return new NodeCheck() {
      @Override
      public boolean sharesStore(NodeMessage.Welcome welcome) {
        Preflight.sameAs(welcome, settings, own.samples().fingerprint(), own.meaning());
        return own.checkpoints().hasToken(welcome.token());
      }

      @Override
      public boolean isLed() {
        return Preflight.leader(own.checkpoints()).isPresent();
      }
    };
  }

  private TrainerParts trainer(
      Samples samples,
      SampleOrder order,
      CheckpointStore checkpoints,
      CollectiveFactory collectives,
      StartValues start,
      StepWatch watch) {
    BatchPlanner planner =
        new BatchPlanner(
            order,
            new MaskSampler(Models.maskRules(settings), settings.seed()),
            settings.optimization().microBatch());
    PipelineSettings pipeline = settings.pipeline();
    BatchStream batches =
        new BatchStream(
            planner,
            samples,
            decoder,
            new BatchStream.Options(
                settings.data().imageSize(),
                settings.optimization().microBatch(),
                settings.seed(),
                Models.cropRules(settings),
                settings.data().augmentation(),
                pipeline.fetchParallelism(),
                pipeline.decodeParallelism(),
                pipeline.prefetch(),
                System::nanoTime),
            services,
            decoding);
    return new TrainerParts(
        Device.cpu(),
        Models.geometry(settings),
        Models.replica(settings, planner),
        start,
        settings.cluster().threads(),
        planner,
        batches,
        collectives,
        checkpoints,
        watch,
        probe);
  }

  private DataSource openSource(String uri) {
    try {
      DataSource source =
          DataSource.open(uri, this::open, Models.indexCache(settings), services)
              .toCompletableFuture()
              .join();
      Executor blocking = services.dispatchers().lookup(DispatcherSelector.blocking());
      return cache.map(kept -> source.cached(kept, blocking)).orElse(source);
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }

  private Store open(String uri) {
    PipelineSettings.Retry retry = settings.pipeline().retry();
    return Store.open(
        uri,
        Models.s3(settings),
        new RetryPolicy(retry.minBackoff(), retry.maxBackoff(), retry.giveUpAfter(), STALL),
        services);
  }

  private CheckpointStore openCheckpoints() throws IOException {
    String uri = settings.checkpoint().uri();
    Path beside = RunFolder.checkpoints(out);
    String where = uri.isEmpty() ? beside.toString() : uri;
    if (uri.isEmpty()) {
      Files.createDirectories(beside);
    }
    return new CheckpointStore(where, open(where), out.resolve("tmp"), services);
  }

  private String versions() {
    String version = PretrainRun.class.getPackage().getImplementationVersion();
    return "ijepa "
        + (version == null ? "development" : version)
        + ", java "
        + Runtime.version()
        + ", djl "
        + Engine.getDjlVersion()
        + ", "
        + decoder.name();
  }

  @Override
  public void close() throws IOException {
    Services.stop(services);
    decoding.shutdown();
    try {
      // Native memory goes back only once no thread decodes into it any more.
      if (decoding.awaitTermination(DECODE_SECONDS, TimeUnit.SECONDS) && !preparation.isAlive()) {
        decoder.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (port != null) {
      port.close();
    }
    RunFolder never = founded.getAndSet(null);
    if (never != null) {
      never.close();
    }
  }
}
