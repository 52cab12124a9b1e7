package org.ijepa.node;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.ijepa.batch.BatchPlanner;
import org.ijepa.batch.SampleDecoding;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.collective.RingPort;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.coordinator.RunEvents;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.RunPlan;
import org.ijepa.coordinator.Sums;
import org.ijepa.decoding.DecodingService;
import org.ijepa.digest.Sha256;
import org.ijepa.failure.ExitCode;
import org.ijepa.mask.MaskSampler;
import org.ijepa.order.SampleOrder;
import org.ijepa.replica.Replica;
import org.ijepa.replica.StepTrial;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.Compute;
import org.ijepa.settings.ClusterSettings.Role;
import org.ijepa.settings.ListenSettings;
import org.ijepa.settings.OptimizationSettings.Precision;
import org.ijepa.settings.PipelineSettings;
import org.ijepa.settings.PipelineSettings.Remote;
import org.ijepa.settings.Settings;
import org.ijepa.source.Samples;
import org.ijepa.trainer.CollectiveFactory;
import org.ijepa.trainer.Collectives;
import org.ijepa.trainer.Patience;
import org.ijepa.trainer.StartValues;
import org.ijepa.trainer.StepProbe;
import org.ijepa.trainer.StepWatch;
import org.ijepa.trainer.TrainerParts;
import org.ijepa.version.ProgramVersion;
import org.ijepa.vit.Layout;

/**
 * Everything before the first step of a run on this node: what it reads and computes with is
 * opened, settled and checked, and set together to the parts of a {@link Node}.
 */
final class NodePreparation {
  private static final int MAX_TRAINER_FAILURES = 5;

  private final Devices devices;
  private final boolean isPrecisionAuto;
  private final RunEvents listener;
  private final StepProbe probe;
  private final Path out;
  private final RunSession session = new RunSession();
  private final AtomicReference<RunFolder> founded = new AtomicReference<>();
  private final DataPlane data;
  private final byte[] secret;
  private final Function<StepTrial, MicroBatchChoice.Trial> trials;

  /** Without {@code auto} once it is prepared. */
  private volatile Settings settings;

  private volatile boolean led;
  // Guarded by this.
  private RingPort port;
  private boolean closed;

  /** What comes of it. */
  sealed interface Prepared {
    /** There is nothing to do. */
    record Ended(RunOutcome outcome) implements Prepared {}

    /** What the node is made of. */
    record Ready(Node.Parts parts) implements Prepared {}
  }

  /**
   * Opens the run folder, and what reads images; nothing is read yet.
   *
   * @param trials what tries steps where {@code optimization.micro-batch} is auto
   * @throws IOException if the folder cannot be written
   * @throws org.ijepa.failure.Failure if these settings go with no node
   */
  NodePreparation(
      Settings settings,
      Path out,
      RunListener listener,
      StepProbe probe,
      Function<StepTrial, MicroBatchChoice.Trial> trials)
      throws IOException {
    this.trials = trials;
    devices =
        settings.cluster().decodesOnly()
            ? Devices.of(Compute.CPU)
            : Devices.of(settings.cluster().device());
    this.settings = devices.settled(settings);
    isPrecisionAuto = settings.optimization().precision() == Precision.AUTO;
    this.listener = new RunEvents(listener, Clock.systemUTC());
    this.probe = probe;
    this.out = out;
    Preflight.roles(settings.cluster());
    Extension.elsewhere(settings, out);
    NetworkGuard.check(settings.cluster());
    secret = NetworkGuard.secret(settings.cluster().security());
    ClusterConfig.withoutAddress(settings.cluster())
        .ifPresent(text -> this.listener.noted("warning: " + text));
    if (!settings.cluster().decodesOnly()) {
      RunFolder.create(out);
    }
    if (settings.cluster().seedNodes().isEmpty()) {
      // Of several nodes, only the one that leads holds the folder.
      founded.set(RunFolder.open(out, Clock.systemUTC(), session.id()));
    }
    try {
      data = DataPlane.open(this.settings, this.listener::indexing);
    } catch (IOException | RuntimeException e) {
      closeFolder();
      throw e;
    }
  }

  /**
   * Opens what the run reads, checks what can be checked, and sets the node together.
   *
   * @param outcome completed when the run ends
   * @throws org.ijepa.failure.Failure if it cannot begin
   */
  Prepared prepare(CompletableFuture<RunOutcome> outcome) throws IOException, InterruptedException {
    RunSources sources = RunSources.open(settings, data::source);
    if (settings.cluster().decodesOnly()) {
      return new Prepared.Ready(onlyDecoding(sources, meaning(), outcome));
    }
    String claimant = UUID.randomUUID().toString();
    CheckpointStore checkpoints = data.checkpoints(out);
    Preflight.checkpoints(checkpoints, claimant);
    Preflight.lostNothing(out, checkpoints);
    Preflight.disk(out, checkpoints, Layout.of(Models.geometry(settings)));
    boolean isMicroBatchAuto = settings.isAuto(Settings.MICRO_BATCH);
    Optional<String> begun =
        isPrecisionAuto || isMicroBatchAuto ? StoredChoice.meaning(checkpoints) : Optional.empty();
    if (isPrecisionAuto) {
      settings =
          new PrecisionChoice(settings, devices, begun, checkpoints.marks(), listener)
              .settle(claimant);
    }
    devices.multiply(settings);
    settings =
        new MicroBatchChoice(settings, devices, begun, checkpoints.marks(), listener, trials)
            .settle(claimant);
    String meaning = meaning();
    Offer offer = Offer.NONE;
    Sums sums = Sums.PLAIN;
    if (settings.cluster().roles().contains(Role.TRAINER)) {
      devicesIdle();
      Preflight.memory(settings, devices, isMicroBatchAuto);
      offer = GradientSums.offer(settings.cluster(), devices);
      sums = new Sums(offer.version(), offer.required());
    }
    if (settings.cluster().seedNodes().isEmpty() && !settings.checkpoint().uri().isEmpty()) {
      // In the run folder its lock tells.
      Preflight.ledByNobody(checkpoints, listener);
    }
    Samples samples = sources.samples();
    String fingerprint = samples.fingerprint();
    SampleOrder order = sources.order();
    RunPlan plan = Models.plan(settings, order.stepsPerEpoch());
    String extended = settings.model().init().extend();
    if (!extended.isEmpty() && checkpoints.newest().isEmpty()) {
      CheckpointStore finished = data.checkpoints(extended, out);
      listener.noted(new Extension(finished, checkpoints, settings).begin(sources, plan, meaning));
    }
    Optional<CheckpointName> newest =
        Preflight.sameRun(checkpoints, settings, sources, out, meaning, listener);
    listener.planned(plan.totalSteps());
    if (newest.isPresent() && newest.get().step() >= plan.totalSteps()) {
      long steps = newest.get().step();
      return new Prepared.Ended(
          new RunOutcome(
              ExitCode.DONE,
              steps,
              "all "
                  + steps
                  + " steps were done already; to train longer, extend it as a run of its own: ijepa"
                  + " pretrain --extend "
                  + out
                  + " --out NEW --set "
                  + settings.optimization().lengthKey()
                  + "=MORE"));
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
            session -> NetworkGuard.digest(secret, session),
            versions(),
            MAX_TRAINER_FAILURES,
            listener);
    CollectiveFactory collectives =
        new Collectives(
            listen(meaning + fingerprint),
            settings.cluster().collective().timeout(),
            offer,
            listener::noted);
    StartValues start = start(newest.isEmpty());
    Watches watches = Watches.open(settings, sources.whole(), data::source, listener);
    data.guard(out, List.of(samples, watches.images()), checkpoints, listener);
    listener.opened(data.views(samples));
    SampleDecoding decoded = data.decoding(samples, order);
    StepWatch watch =
        watches.begin(data.views(watches.images()), plan.totalSteps(), data.services());
    TrainerParts trainer = trainer(decoded, order, checkpoints, collectives, start, watch);
    return new Prepared.Ready(
        parts(
            onDevices(trainer),
            sums,
            check(coordinator),
            Optional.of(coordinator),
            settings.cluster().roles().contains(Role.PIPELINE)
                ? Optional.of(service(decoded, meaning, fingerprint))
                : Optional.empty(),
            settings.pipeline().remote() == Remote.AUTO
                ? Optional.of(
                    new Node.Remote(
                        data.remote(), samplesOf(meaning, fingerprint), decoded.imageBytes()))
                : Optional.empty(),
            outcome));
  }

  private Node.Parts parts(
      List<TrainerParts> trainers,
      Sums sums,
      NodeCheck check,
      Optional<CoordinatorParts> coordinator,
      Optional<DecodingService.Parts> decoding,
      Optional<Node.Remote> remote,
      CompletableFuture<RunOutcome> outcome) {
    ClusterSettings cluster = settings.cluster();
    return new Node.Parts(
        cluster.nodeName().isEmpty() && cluster.isAlone() ? "trainer" : cluster.nodeName(),
        ClusterConfig.seeds(cluster),
        trainers,
        sums,
        endpoint(),
        Clock.systemUTC().millis() * 1000,
        session,
        check,
        listener,
        coordinator,
        decoding,
        remote,
        outcome);
  }

  private synchronized String endpoint() {
    return port == null ? "" : port.endpoint();
  }

  /** What decides what is computed, the decoder included. */
  private String meaning() {
    return settings.meaning() + "decoder = " + data.decoderName() + "\n";
  }

  /**
   * A node without model, trainers and checkpoints; of the run folder it has the journal of what it
   * decodes, and of the checkpoints' store the list of files that it must not.
   */
  private Node.Parts onlyDecoding(
      RunSources sources, String meaning, CompletableFuture<RunOutcome> outcome)
      throws IOException, InterruptedException {
    String fingerprint = sources.samples().fingerprint();
    sources.problems().forEach(problem -> listener.noted("warning: " + problem));
    data.guard(
        out,
        List.of(sources.samples()),
        data.checkpoints(Models.checkpoints(settings, out), out),
        listener);
    SampleDecoding samples = data.decoding(sources.samples(), sources.order());
    NodeCheck check =
        new NodeCheck() {
          @Override
          public boolean sharesStore(NodeMessage.Welcome welcome) {
            NetworkGuard.sameSecret(welcome, secret);
            Preflight.sameSamples(welcome, settings, fingerprint, meaning);
            return true;
          }

          @Override
          public boolean isLed() {
            throw new IllegalStateException("a node that only decodes founds no cluster");
          }
        };
    return parts(
        List.of(),
        Sums.PLAIN,
        check,
        Optional.empty(),
        Optional.of(service(samples, meaning, fingerprint)),
        Optional.empty(),
        outcome);
  }

  private DecodingService.Parts service(
      SampleDecoding samples, String meaning, String fingerprint) {
    PipelineSettings pipeline = settings.pipeline();
    return new DecodingService.Parts(
        samplesOf(meaning, fingerprint),
        samples,
        pipeline.fetchParallelism(),
        pipeline.decodeParallelism(),
        pipeline.fetchBytes(),
        listener);
  }

  /** A digest of what must be equal for samples to be. */
  private static String samplesOf(String meaning, String fingerprint) {
    String text = Preflight.samples(meaning) + fingerprint;
    return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The folder, once this node leads; it tells which index the run began with. */
  private RunFolder openFolder(RunSources sources, boolean begins) throws IOException {
    RunFolder already = founded.getAndSet(null);
    RunFolder folder =
        already != null ? already : RunFolder.open(out, Clock.systemUTC(), session.id());
    led = true;
    listener.led(folder.events(), "led by " + versions());
    sources.keep(out, begins).forEach(text -> listener.noted("warning: " + text));
    return folder;
  }

  /** Where other trainers of the run are heard. */
  private synchronized RingPort listen(String run) throws IOException {
    if (closed) {
      throw new IOException("the run was closed while it was prepared");
    }
    port = RingPort.open(location(settings.cluster()), run, secret);
    return port;
  }

  private static RingPort.Location location(ClusterSettings cluster) {
    ListenSettings listen = cluster.listen();
    return new RingPort.Location(
        cluster.host(), cluster.ringPort(), listen.host(), listen.ringPort());
  }

  private void devicesIdle() {
    Devices.idle(settings.cluster().device()).ifPresent(text -> listener.noted("warning: " + text));
  }

  /** Each trainer of this node, with its device. */
  private List<TrainerParts> onDevices(TrainerParts parts) {
    ClusterSettings cluster = settings.cluster();
    return cluster.roles().contains(Role.TRAINER)
        ? devices.trainers(cluster.trainers()).stream().map(parts::on).toList()
        : List.of();
  }

  /**
   * Random values, or those of another run's newest checkpoint, which must be of the same model.
   *
   * @param begins whether the run has no checkpoint yet: one that has needs the other no more
   */
  private StartValues start(boolean begins) throws IOException {
    String from = settings.model().init().checkpoint();
    boolean goesOn = !settings.model().init().extend().isEmpty();
    if (from.isEmpty() || goesOn) {
      // One that extends another has a checkpoint before its first step.
      return (replica, moved) ->
          replica.initialise(Models.initialisation(settings), settings.seed());
    }
    CheckpointStore others = data.checkpoints(from, out);
    if (!begins) {
      // The other run may be gone by now, and is wanted only if all checkpoints turn out damaged.
      return (replica, moved) ->
          read(others, Preflight.sameModel(others, settings, listener), replica, moved);
    }
    CheckpointName name = Preflight.sameModel(others, settings, listener);
    listener.noted("begins with " + name + " of " + from);
    return (replica, moved) -> read(others, name, replica, moved);
  }

  private static void read(
      CheckpointStore others, CheckpointName name, Replica replica, Runnable moved)
      throws IOException {
    others.readTensors(name, replica.geometry(), replica.state(), moved);
    replica.stateChanged();
  }

  private NodeCheck check(CoordinatorParts own) {
    return new NodeCheck() {
      @Override
      public boolean sharesStore(NodeMessage.Welcome welcome) {
        NetworkGuard.sameSecret(welcome, secret);
        Preflight.sameAs(welcome, settings, own.samples().fingerprint(), own.meaning());
        return own.checkpoints().marks().hasToken(welcome.token());
      }

      @Override
      public boolean isLed() {
        return Preflight.leader(own.checkpoints()).isPresent();
      }
    };
  }

  private TrainerParts trainer(
      SampleDecoding samples,
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
    return new TrainerParts(
        devices.first(),
        Models.geometry(settings),
        Models.replica(settings),
        Models.reduction(settings),
        start,
        settings.cluster().threads(),
        Patience.of(settings),
        planner,
        data.batches(planner, samples, settings.optimization().microBatch()),
        collectives,
        checkpoints,
        watch,
        probe);
  }

  private String versions() {
    // A node without trainers has no use for the engine's library, which is large.
    boolean computes = settings.cluster().roles().contains(Role.TRAINER);
    return "ijepa "
        + ProgramVersion.text()
        + ", java "
        + Runtime.version()
        + ", djl "
        + Engine.getDjlVersion()
        + (computes ? ", pytorch " + Engine.getInstance().getVersion() : "")
        + ", "
        + data.decoderName();
  }

  /** Whether this node has led the run, and so written into the run folder. */
  boolean led() {
    return led;
  }

  /** Says what the cache did, where there is one. */
  void noteCache() {
    data.cacheCounts().ifPresent(counts -> listener.noted("cache: " + counts));
  }

  /** Gives back what was opened. */
  void close() throws IOException {
    data.close();
    synchronized (this) {
      closed = true;
      if (port != null) {
        port.close();
      }
    }
    closeFolder();
  }

  /** The folder that nobody came to lead. */
  private void closeFolder() throws IOException {
    RunFolder never = founded.getAndSet(null);
    if (never != null) {
      never.close();
    }
  }
}
