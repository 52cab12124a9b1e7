package org.ijepa.node;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.util.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.coordinator.Coordinator;
import org.ijepa.coordinator.Coordinator.FromTrainer;
import org.ijepa.coordinator.Coordinator.Leads;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.Sums;
import org.ijepa.ledger.LedgerChain;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.order.Tail;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.source.Samples;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.store.Hedges;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.ijepa.trainer.CheckpointSeconds;
import org.ijepa.trainer.FromMember.Answer;
import org.ijepa.trainer.FromMember.Reduced;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.StepFacts;
import org.ijepa.trainer.ToMember;
import org.ijepa.trainer.ToMember.Ask;
import org.ijepa.trainer.ToMember.Form;
import org.ijepa.trainer.Trainer;

/**
 * A coordinator in a cluster of one node, whose one trainer computes nothing: what it remembers,
 * holds and has stored is what a test lets it say.
 */
final class SpokenNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  static final int IMAGES = 40;
  private static final MemberId TRAINER = new MemberId("t-0", 1, "");
  private static final RetryPolicy RETRY =
      new RetryPolicy(
          Duration.ofMillis(10), Duration.ofMillis(10), Duration.ZERO, Duration.ofSeconds(5));

  final List<String> notes = new CopyOnWriteArrayList<>();
  final List<String> stored = new CopyOnWriteArrayList<>();
  final List<StepMetrics> committed = new CopyOnWriteArrayList<>();
  final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();
  final CompletableFuture<Void> handedOver = new CompletableFuture<>();

  /** The node was told how the run ended. */
  final AtomicBoolean toldOfTheEnd = new AtomicBoolean();

  final CheckpointStore checkpoints;
  final Path out;

  private final ActorTestKit kit;
  private final long number;
  private final Settings settings;
  private ActorRef<Coordinator.Command> coordinator;
  private volatile Form form;
  private volatile RunFolder folder;

  /** What the trainer answers when it is asked. */
  private volatile Answer memory = remembering(0, 0, List.of());

  /** A coordinator that is not begun yet. */
  SpokenNode(Path out, UnaryOperator<Store> store, String... sets) {
    this.out = out;
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "akka.remote.artery.canonical.hostname",
                    "127.0.0.1",
                    "akka.remote.artery.canonical.port",
                    0,
                    "akka.cluster.roles",
                    List.of("coordinator", "trainer", "voter")))
            .withFallback(ConfigFactory.parseResources("ijepa-akka.conf"))
            .withFallback(ConfigFactory.load());
    kit = ActorTestKit.create("spoken", config);
    ActorSystem<?> system = kit.system();
    Cluster cluster = Cluster.get(system);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    number = cluster.selfMember().uniqueAddress().longUid();
    settings = SmallRun.settings(Path.of("unused"), sets);
    try {
      Files.createDirectories(out.resolve("checkpoints"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String uri = out.resolve("checkpoints").toString();
    checkpoints =
        new CheckpointStore(
            uri,
            store.apply(Store.open(uri, S3Access.amazon(), RETRY, system)),
            out.resolve("tmp"),
            system);
  }

  static LedgerHeader header() {
    return new LedgerHeader(
        LedgerHeader.FORMAT_VERSION,
        1,
        List.of(new LedgerHeader.Source(new SourceShare(1000, IMAGES, Shards.NONE), "ff")),
        "ff",
        8,
        2,
        Tail.DROP);
  }

  /** What a trainer knows of a step; the loss tells it from others. */
  static StepFacts facts(long step) {
    return new StepFacts(
        step,
        1.0 / (step + 2),
        1,
        true,
        List.of(),
        30,
        12,
        step,
        List.of(),
        0,
        0,
        Double.NaN,
        PipelineCounts.NONE);
  }

  private static Answer remembering(long entered, long committed, List<StepFacts> history) {
    return new Answer(
        TRAINER,
        0,
        entered,
        entered == 0 ? List.of() : List.of(TRAINER.name()),
        committed,
        Optional.empty(),
        history);
  }

  /** The trainer was in a generation, and has steps that it takes to stand in no checkpoint. */
  void remembers(long entered, long durable, long steps) {
    memory =
        remembering(
            entered, steps, LongStream.range(durable, steps).mapToObj(SpokenNode::facts).toList());
  }

  /** Begins, and hears of nobody yet. */
  void begin() {
    begin(new Noting());
  }

  class Noting implements RunListener {
    @Override
    public void committed(StepMetrics metrics) {
      committed.add(metrics);
    }

    @Override
    public void noted(String text) {
      notes.add(text);
    }

    @Override
    public void stored(CheckpointStored checkpoint) {
      stored.add(checkpoint.name());
    }
  }

  void begin(RunListener listener) {
    CoordinatorParts parts =
        new CoordinatorParts(
            settings,
            Models.plan(settings, 5),
            checkpoints,
            this::open,
            header(),
            new Named(),
            () -> "session",
            "claimant",
            settings.meaning(),
            session -> "",
            "versions",
            5,
            listener);
    ActorRef<RunOutcome> ending =
        kit.spawn(
            Behaviors.receiveMessage(
                (RunOutcome its) -> {
                  outcome.complete(its);
                  return Behaviors.same();
                }));
    coordinator = kit.spawn(Coordinator.create(parts, ending, () -> handedOver.complete(null)));
  }

  private RunFolder open() throws IOException {
    folder = RunFolder.open(out, Clock.systemUTC(), "session");
    return folder;
  }

  /** What the coordinator writes into. */
  RunFolder folder() {
    return folder;
  }

  /** Another node's coordinator takes over. */
  void handsOver() {
    coordinator.tell(Coordinator.HandOver.INSTANCE);
  }

  /** The node and its trainer say that they are there. */
  void joins() {
    ActorRef<NodeMessage> node = kit.spawn(Behaviors.receiveMessage(this::onNode));
    ActorRef<Trainer.Command> trainer = kit.spawn(Behaviors.receiveMessage(this::onTrainer));
    coordinator.tell(new Coordinator.NodeHello(number, "t", 1, Sums.PLAIN, node));
    says(new Trainer.Registered(TRAINER, number, trainer));
  }

  private Behavior<NodeMessage> onNode(NodeMessage message) {
    if (message instanceof NodeMessage.WhoLeads question) {
      question.replyTo().tell(new Leads(question.generation(), question.time(), number, true));
    } else if (message instanceof NodeMessage.Ended) {
      toldOfTheEnd.set(true);
    }
    return Behaviors.same();
  }

  private Behavior<Trainer.Command> onTrainer(Trainer.Command command) {
    ToMember message = ((Trainer.FromCoordinator) command).message();
    if (message instanceof Ask ask) {
      Answer its = memory;
      says(
          new Trainer.Says(
              new Answer(
                  TRAINER,
                  ask.generation(),
                  its.entered(),
                  its.group(),
                  its.committed(),
                  its.held(),
                  its.history())));
    } else if (message instanceof Form formed) {
      form = formed;
    }
    return Behaviors.same();
  }

  void says(Trainer.Event event) {
    coordinator.tell(new FromTrainer(event));
  }

  /** The tensors of a checkpoint are stored: none; a trainer says so until it is heard. */
  void stores(String name) {
    says(
        new Trainer.Says(
            new Stored(
                TRAINER,
                CheckpointName.parse(name).orElseThrow(),
                List.of(),
                new CheckpointSeconds(0, 0))));
  }

  /** The generation that the trainer is told of. */
  Form formed() {
    await(() -> form != null);
    return form;
  }

  /** Steps, one after another. */
  void steps(long from, long to) {
    for (long step = from; step < to; step++) {
      says(new Trainer.Says(new Reduced(TRAINER, formed().generation(), facts(step))));
    }
    await(() -> committed.stream().anyMatch(metrics -> metrics.step() == to - 1));
  }

  /** Claims generations, as earlier coordinators did. */
  void claimed(long newest) throws InterruptedException {
    for (long generation = 1; generation <= newest; generation++) {
      checkpoints.marks().claim(generation, "earlier");
    }
  }

  /** A complete checkpoint, without tensors, of a run that went as {@link #facts} says. */
  Path writes(String name) {
    CheckpointName its = CheckpointName.parse(name).orElseThrow();
    LedgerChain chain = LedgerChain.begin(header());
    List<LedgerEntry> entries =
        LongStream.range(0, its.step())
            .mapToObj(step -> chain.append(step, false, List.of(), facts(step).loss()))
            .toList();
    checkpoints.complete(
        its,
        List.of(),
        LedgerSegment.of(header(), entries, LedgerSegment.STEPS),
        "{}".getBytes(StandardCharsets.UTF_8));
    return out.resolve("checkpoints").resolve(name);
  }

  void await(BooleanSupplier condition) {
    kit.createTestProbe()
        .awaitAssert(
            PATIENCE,
            () -> {
              if (!condition.getAsBoolean()) {
                throw new AssertionError("waited in vain; notes: " + notes + ", " + outcome);
              }
              return null;
            });
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }

  private static final class Named implements Samples {
    @Override
    public long size() {
      return IMAGES;
    }

    @Override
    public String name(long sample) {
      return sample + ".png";
    }

    @Override
    public long bytes(long sample) {
      return 1;
    }

    @Override
    public CompletionStage<ByteString> fetch(long sample) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ByteString> again(long sample, ByteString doubted) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Hedges hedges() {
      return Hedges.NONE;
    }

    @Override
    public String fingerprint() {
      return "ff";
    }
  }
}
