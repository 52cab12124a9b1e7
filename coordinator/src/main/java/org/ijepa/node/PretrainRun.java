package org.ijepa.node;

import ai.djl.Device;
import ai.djl.engine.Engine;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.BatchStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.RunPlan;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.decode.ImageDecoders;
import org.ijepa.failure.ExitCode;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.random.RandomKey;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.EvaluationSettings;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.IndexFile;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.Store;
import org.ijepa.trainer.LocalCollectives;
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
  private final RunListener listener;
  private final StepProbe probe;
  private final RunFolder folder;
  private final ExecutorService decoding;
  private final ImageDecoder decoder;
  private final ActorSystem<Object> services;
  private final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();
  private final CompletableFuture<Prepared> prepared = new CompletableFuture<>();
  private volatile ActorSystem<Node.Command> node;
  private volatile boolean stopRequested;

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
    this.listener = listener;
    this.probe = probe;
    folder = RunFolder.open(out, Clock.systemUTC());
    decoder = ImageDecoders.open(ImageDecoders.Choice.AUTO, settings.pipeline().maxPixels());
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
    folder.writeResolvedConfiguration(settings.render());
    Thread preparation =
        new Thread(
            () -> {
              try {
                prepared.complete(prepare());
              } catch (IOException | RuntimeException | Error e) {
                prepared.completeExceptionally(e);
              }
            },
            "preparation");
    preparation.setDaemon(true);
    preparation.start();
    Prepared ready = await(prepared);
    if (ready.end().isPresent()) {
      return ready.end().get();
    }
    return runNode(ready.coordinator().orElseThrow(), ready.trainer().orElseThrow());
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
    DataSource whole = openSource();
    DataSource source =
        whole.part(settings.data().fraction(), RandomKey.of(settings.seed(), "part"));
    String claimant = UUID.randomUUID().toString();
    CheckpointStore checkpoints = openCheckpoints();
    Layout layout = Layout.of(Models.geometry(settings));
    Preflight.memory(settings, layout);
    Preflight.disk(folder.path(), layout);
    Preflight.checkpoints(checkpoints, claimant);
    String meaning = settings.meaning() + "decoder = " + decoder.name() + "\n";
    String fingerprint = source.index().fingerprint();
    Optional<CheckpointName> newest =
        Preflight.sameRun(checkpoints, settings, source.index(), folder.index(), meaning, listener);
    if (newest.isEmpty() || !Files.exists(folder.index())) {
      IndexFile.save(source.index(), folder.index());
    }
    SampleOrder order = Models.order(settings, source.index());
    RunPlan plan = Models.plan(settings, order.stepsPerEpoch());
    listener.planned(plan.totalSteps());
    if (newest.isPresent() && newest.get().step() >= plan.totalSteps()) {
      long steps = newest.get().step();
      return Prepared.ended(
          new RunOutcome(ExitCode.DONE, steps, "all " + steps + " steps were done already"));
    }
    listener.noted(
        source.index().size()
            + " images under "
            + settings.data().requiredUri()
            + ", "
            + order.stepsPerEpoch()
            + " steps an epoch, "
            + plan.totalSteps()
            + " steps in all");
    settings
        .optimization()
        .emaWarning(plan.totalSteps())
        .ifPresent(warning -> listener.noted("warning: " + warning));
    LedgerHeader header =
        new LedgerHeader(
            LedgerHeader.FORMAT_VERSION,
            settings.seed(),
            source.index().size(),
            fingerprint,
            order.globalBatch(),
            order.streams(),
            settings.data().tail(),
            Models.shards(settings, source.index()));
    source.problems().forEach(problem -> listener.noted("warning: " + problem));
    CoordinatorParts coordinator =
        new CoordinatorParts(
            settings,
            plan,
            checkpoints,
            folder,
            header,
            source.index(),
            claimant,
            meaning,
            versions(),
            MAX_TRAINER_FAILURES,
            listener);
    return new Prepared(
        Optional.empty(),
        Optional.of(coordinator),
        Optional.of(trainer(source, order, checkpoints, watch(whole, plan.totalSteps()))));
  }

  private RunOutcome runNode(CoordinatorParts coordinator, TrainerParts trainer)
      throws InterruptedException {
    String name = settings.cluster().nodeName();
    Node.Parts parts =
        new Node.Parts(
            name.isEmpty() ? "trainer" : name,
            settings.cluster().trainers(),
            Clock.systemUTC().millis() * 1000,
            coordinator,
            trainer,
            outcome);
    node = ActorSystem.create(Node.create(parts), settings.cluster().name(), clusterConfig());
    if (stopRequested) {
      node.tell(Node.Drain.INSTANCE);
    }
    // A system that ends without a word has failed.
    node.getWhenTerminated()
        .whenComplete(
            (done, failure) ->
                outcome.complete(
                    new RunOutcome(
                        ExitCode.INTERNAL_ERROR, 0, "the actor system ended without an outcome")));
    try {
      RunOutcome end = outcome.get();
      node.getWhenTerminated().toCompletableFuture().join();
      return end;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an outcome is never a failure", e);
    }
  }

  /** What looks at the model between steps. */
  private StepWatch watch(DataSource source, long totalSteps) {
    EvaluationSettings.Collapse collapse = settings.evaluation().collapse();
    if (collapse.everySteps() == 0) {
      return StepWatch.NONE;
    }
    HeldOutImages images = heldOut(source, collapse.images());
    if (images.count() < 2) {
      listener.noted("warning: collapse is not looked for, as hardly any image can be read");
      return StepWatch.NONE;
    }
    return Models.collapseMonitor(settings, images).every(collapse.everySteps(), totalSteps);
  }

  private HeldOutImages heldOut(DataSource source, int images) {
    try {
      return HeldOutImages.load(
          source,
          decoder,
          RandomKey.of(settings.seed(), "held-out"),
          images,
          settings.data().imageSize());
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }

  private TrainerParts trainer(
      DataSource source, SampleOrder order, CheckpointStore checkpoints, StepWatch watch) {
    BatchPlanner planner =
        new BatchPlanner(
            order,
            new MaskSampler(Models.maskRules(settings), settings.seed()),
            settings.optimization().microBatch());
    PipelineSettings pipeline = settings.pipeline();
    BatchStream batches =
        new BatchStream(
            planner,
            source,
            decoder,
            new BatchStream.Options(
                settings.data().imageSize(),
                settings.optimization().microBatch(),
                settings.seed(),
                Models.cropRules(settings),
                pipeline.fetchParallelism(),
                pipeline.decodeParallelism(),
                pipeline.prefetch()),
            services,
            decoding);
    return new TrainerParts(
        Device.cpu(),
        Models.geometry(settings),
        Models.replica(settings, planner),
        Models.initialisation(settings),
        settings.seed(),
        settings.cluster().threads(),
        planner,
        batches,
        new LocalCollectives(settings.cluster().collectiveTimeout()),
        checkpoints,
        watch,
        probe);
  }

  private DataSource openSource() {
    try {
      return DataSource.open(
              settings.data().requiredUri(), this::open, Models.indexCache(settings), services)
          .toCompletableFuture()
          .join();
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
    String where = uri.isEmpty() ? folder.checkpoints().toString() : uri;
    if (uri.isEmpty()) {
      Files.createDirectories(folder.checkpoints());
    }
    return new CheckpointStore(where, open(where), folder.path().resolve("tmp"), services);
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

  private Config clusterConfig() {
    return ConfigFactory.parseMap(
            Map.of(
                "akka.remote.artery.canonical.hostname", settings.cluster().host(),
                "akka.remote.artery.canonical.port", settings.cluster().port(),
                "akka.cluster.roles",
                    settings.cluster().roles().stream()
                        .map(role -> role.name().toLowerCase(Locale.ROOT))
                        .toList()))
        .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
        .withFallback(ConfigFactory.load());
  }

  @Override
  public void close() throws IOException {
    Services.stop(services);
    decoding.shutdown();
    try {
      // Native memory goes back only once no thread decodes into it any more.
      if (decoding.awaitTermination(DECODE_SECONDS, TimeUnit.SECONDS)) {
        decoder.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    folder.close();
  }
}
