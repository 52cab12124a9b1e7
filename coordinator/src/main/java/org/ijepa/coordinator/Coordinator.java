package org.ijepa.coordinator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.Note;
import org.ijepa.coordinator.CoordinatorEffect.RewoundTo;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointFailed;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.failure.ExitCode;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.OnLoss;
import org.ijepa.settings.EvaluationSettings.OnCollapse;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;

/**
 * The coordinator of a run: drives the step protocol of {@link CoordinatorProtocol} and writes down
 * what it decides, before anybody hears of it. A cluster singleton.
 */
public final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  private static final Duration TICK = Duration.ofMillis(500);

  /** How long the other nodes have to hear that the run is over. */
  private static final Duration GOODBYE = Duration.ofSeconds(3);

  /** Messages to the coordinator. */
  public sealed interface Command {}

  /** What a trainer says. */
  public record FromTrainer(Trainer.Event event) implements Command {}

  /**
   * A node is there; said again and again.
   *
   * @param node as the cluster knows it: another number after each start
   * @param trainers that it has or will have
   */
  public record NodeHello(long node, String name, int trainers, ActorRef<NodeMessage> ref)
      implements Command {}

  /** Answer to {@link NodeMessage.WhoLeads}. */
  public record Leads(long generation, long node, boolean yes) implements Command {}

  /** A node has heard that the run is over. */
  public record Goodbye(long node) implements Command {}

  /** How does it look? */
  public record StatusAsked(ActorRef<StatusAnswer> replyTo) implements Command {}

  /**
   * A node is told to stop; said again and again until it is let go with {@link NodeMessage.Leave}
   * or the run ends, which it does, with a checkpoint, where nobody would go on.
   */
  public record LeaveAsked(long node, ActorRef<NodeMessage> ref) implements Command {}

  private record StoreSaid(CoordinatorEvent event) implements Command {}

  private record Broken(Throwable failure) implements Command {}

  private record TrainerGone(MemberId member) implements Command {}

  private record Over(RunOutcome outcome) implements Command {}

  private record NodeRemoved(long node) implements Command {}

  private record NodeUnreachable(long node) implements Command {}

  private record LifeShown(Optional<SignOfLife> rival, Optional<Throwable> failure)
      implements Command {}

  private enum DecideDepartures implements Command {
    INSTANCE
  }

  private enum ShowLife implements Command {
    INSTANCE
  }

  private enum EndNow implements Command {
    INSTANCE
  }

  private enum Tick implements Command {
    INSTANCE
  }

  private final CoordinatorParts parts;
  private final RunMemory listener;
  private final TimerScheduler<Command> timers;
  private final Cluster cluster;
  private final CoordinatorProtocol protocol;
  private final RunFolder folder;
  private final RunStory story;
  private final String token = UUID.randomUUID().toString();
  private final ActorRef<RunOutcome> parent;
  private final Nodes nodes = new Nodes();
  private final Map<MemberId, ActorRef<Trainer.Command>> trainers = new HashMap<>();

  /** Why trainers failed last, by name: their word may come after the news of their end. */
  private final Map<String, String> reasons = new HashMap<>();

  private final Departures departures = new Departures();
  private final Findings findings;
  private final PipelineWatch pipeline;
  private final StoreWork store;

  /** Nodes that have confirmed the generation in question, and the generation. */
  private final Set<Long> confirming = new HashSet<>();

  private long inQuestion;
  private long signs;

  /** Nodes whose name another one has. */
  private final Set<Long> turnedAway = new HashSet<>();

  /** Nodes that have yet to hear of the end. */
  private final Set<Long> unaware = new HashSet<>();

  private Coordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CoordinatorParts parts,
      RunFolder folder,
      ActorRef<RunOutcome> parent)
      throws IOException {
    super(context);
    this.parts = parts;
    listener = new RunMemory(parts.listener(), Clock.systemUTC());
    this.timers = timers;
    this.folder = folder;
    this.parent = parent;
    cluster = Cluster.get(context.getSystem());
    store =
        new StoreWork(
            parts, context.getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
    folder.writeResolvedConfiguration(parts.settings().render());
    parts.checkpoints().leaveToken(token);
    List<CheckpointName> complete = parts.checkpoints().complete();
    ClusterSettings settings = parts.settings().cluster();
    protocol =
        new CoordinatorProtocol(
            parts.plan(),
            settings.minTrainers(),
            parts.maxTrainerFailures(),
            settings.onLoss() == OnLoss.WAIT
                ? (int) Math.max(1, settings.rejoinTimeout().dividedBy(TICK))
                : 0,
            complete,
            parts.checkpoints().newestGeneration());
    findings = new Findings(parts.plan().totalSteps());
    pipeline =
        new PipelineWatch(
            parts.plan().totalSteps(),
            Runtime.getRuntime().availableProcessors() / settings.trainers());
    story = new RunStory(folder, parts.ledger(), parts.samples(), parts.meaning());
    if (complete.isEmpty()) {
      story.begin();
    } else {
      take(complete.get(complete.size() - 1));
    }
    watchCluster();
    if (!settings.seedNodes().isEmpty()) {
      listener.noted("this node leads the run now");
    }
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    showLife();
  }

  private void watchCluster() {
    hear(
        ClusterEvent.MemberRemoved.class,
        event -> new NodeRemoved(Leadership.number(event.member())));
    hear(
        ClusterEvent.UnreachableMember.class,
        event -> new NodeUnreachable(Leadership.number(event.member())));
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(Leadership.TRAINER) && Leadership.isIn(member)) {
        protocol.on(new CoordinatorEvent.NodeAwaited(name(Leadership.number(member))));
      }
    }
  }

  private <E extends ClusterEvent.ClusterDomainEvent> void hear(
      Class<E> event, Function<E, Command> message) {
    cluster
        .subscriptions()
        .tell(Subscribe.create(getContext().messageAdapter(event, message::apply), event));
  }

  private long self() {
    return Leadership.number(cluster.selfMember());
  }

  private static String name(long node) {
    return Long.toString(node);
  }

  /** A coordinator that tells {@code parent} how the run ended. */
  public static Behavior<Command> create(CoordinatorParts parts, ActorRef<RunOutcome> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  try {
                    return open(context, timers, parts, parent);
                  } catch (IOException | RuntimeException e) {
                    parent.tell(Outcomes.of(e, 0));
                    return Behaviors.stopped();
                  }
                }));
  }

  private static Behavior<Command> open(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CoordinatorParts parts,
      ActorRef<RunOutcome> parent)
      throws IOException {
    RunFolder folder = parts.folder().open();
    try {
      return new Coordinator(context, timers, parts, folder, parent);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FromTrainer.class, this::onTrainer)
        .onMessage(StoreSaid.class, this::onStoreSaid)
        .onMessage(Tick.class, tick -> react(new CoordinatorEvent.Tick()))
        .onMessage(LeaveAsked.class, this::onLeaveAsked)
        .onMessage(DecideDepartures.class, decide -> onDecideDepartures())
        .onMessage(TrainerGone.class, this::onTrainerGone)
        .onMessage(NodeHello.class, this::onHello)
        .onMessage(Leads.class, this::onLeads)
        .onMessage(NodeRemoved.class, this::onNodeRemoved)
        .onMessage(NodeUnreachable.class, this::onNodeUnreachable)
        .onMessage(Goodbye.class, goodbye -> this)
        .onMessage(StatusAsked.class, this::onStatusAsked)
        .onMessage(ShowLife.class, show -> showLife())
        .onMessage(LifeShown.class, this::onLifeShown)
        .onMessage(Over.class, over -> end(over.outcome()))
        .onMessage(Broken.class, broken -> end(Outcomes.of(broken.failure(), protocol.step())))
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onLeaveAsked(LeaveAsked asked) {
    departures.asks(asked.node(), asked.ref());
    if (!Leadership.goesOnWithout(cluster, departures.nodes())) {
      return onDecideDepartures();
    }
    if (!timers.isTimerActive(DecideDepartures.INSTANCE)) {
      timers.startSingleTimer(DecideDepartures.INSTANCE, Departures.GATHERING);
    }
    return this;
  }

  private Behavior<Command> onDecideDepartures() {
    if (protocol.isStopping()) {
      // Whoever goes now may take the last checkpoint along.
      return this;
    }
    if (Leadership.goesOnWithout(cluster, departures.nodes())) {
      departures.grant();
      return this;
    }
    listener.noted("no node is left to go on: the run ends with a checkpoint");
    return react(new CoordinatorEvent.Drain(Stop.INTERRUPTED));
  }

  private Behavior<Command> onStatusAsked(StatusAsked asked) {
    asked
        .replyTo()
        .tell(
            new StatusAnswer.Run(
                protocol.generation(),
                protocol.phase(),
                protocol.step(),
                parts.plan().totalSteps(),
                listener.loss(),
                protocol.members().stream().map(MemberId::name).toList(),
                protocol.newestCheckpoint().map(CheckpointName::toString).orElse(""),
                listener.events()));
    return this;
  }

  private Behavior<Command> showLife() {
    SignOfLife sign =
        new SignOfLife(
            parts.session().get(),
            cluster.selfMember().address().hostPort(),
            protocol.generation(),
            signs++);
    getContext()
        .pipeToSelf(
            store.showLife(sign),
            (rival, failure) ->
                failure == null
                    ? new LifeShown(rival, Optional.empty())
                    : new LifeShown(Optional.empty(), Optional.of(failure)));
    return this;
  }

  private Behavior<Command> onLifeShown(LifeShown shown) {
    shown
        .failure()
        .ifPresent(
            failure ->
                getContext()
                    .getLog()
                    .warn("no sign of life could be written: {}", failure.toString()));
    if (shown.rival().isPresent()) {
      SignOfLife rival = shown.rival().get();
      return end(
          new RunOutcome(
              ExitCode.INTERRUPTED,
              protocol.step(),
              "another cluster, led by "
                  + rival.leader()
                  + ", goes on with this run (generation "
                  + rival.generation()
                  + "): this one stops; nodes of one run need the same cluster.seed-nodes, other runs"
                  + " another --out or checkpoint.uri"));
    }
    timers.startSingleTimer(ShowLife.INSTANCE, SignOfLife.EVERY);
    return this;
  }

  private Behavior<Command> onTrainer(FromTrainer said) {
    Trainer.Event event = said.event();
    if (event instanceof Trainer.Registered registered) {
      return onRegistered(registered);
    }
    if (event instanceof Trainer.Says says) {
      return react(new CoordinatorEvent.Received(says.message()));
    }
    if (event instanceof Trainer.Failed failed) {
      return onFailed(failed);
    }
    if (event instanceof Trainer.Found found) {
      onFound(found.finding());
    } else if (event instanceof Trainer.Stored stored) {
      complete(stored.name(), stored.tensors());
    } else if (event instanceof Trainer.NotStored broken) {
      return react(new CheckpointFailed(broken.name(), broken.reason()));
    }
    return this;
  }

  private Behavior<Command> onStoreSaid(StoreSaid said) {
    if (said.event() instanceof CheckpointComplete complete) {
      listener.stored(complete.name());
    }
    return react(said.event());
  }

  private Behavior<Command> onHello(NodeHello hello) {
    if (nodes.isGone(hello.node()) || !Leadership.contains(cluster, hello.node())) {
      // One that slept while it was removed: the cluster would never say again that it is gone.
      return this;
    }
    if (!nodes.hello(hello)) {
      // Until the cluster has removed the other one: it may be what was here before a restart.
      if (turnedAway.add(hello.node())) {
        parts
            .listener()
            .noted("a second node named " + hello.name() + " waits for the first to go");
      }
      return this;
    }
    hello
        .ref()
        .tell(
            new NodeMessage.Welcome(
                parts.session().get(),
                cluster.selfMember().address().hostPort(),
                parts.meaning(),
                parts.samples().fingerprint(),
                token));
    return nodes.isComplete(hello.node())
        ? react(new CoordinatorEvent.NodeKnown(name(hello.node())))
        : this;
  }

  private Behavior<Command> onRegistered(Trainer.Registered registered) {
    MemberId member = registered.member();
    if (!nodes.isKnown(registered.node())) {
      // It says so again, once its node has.
      return this;
    }
    if (!trainers.containsKey(member)) {
      trainers.put(member, registered.trainer());
      getContext().watchWith(registered.trainer(), new TrainerGone(member));
    }
    nodes.registered(registered.node(), member);
    List<CoordinatorEvent> events = new ArrayList<>();
    events.add(new CoordinatorEvent.Registered(member));
    if (nodes.isComplete(registered.node())) {
      events.add(new CoordinatorEvent.NodeKnown(name(registered.node())));
    }
    return react(events);
  }

  private Behavior<Command> onFailed(Trainer.Failed failed) {
    reasons.put(failed.member().name(), failed.reason());
    if (failed.exitCode().isPresent()) {
      // What the user has to mend is not mended by starting the trainer again.
      listener.noted(failed.reason());
      return end(new RunOutcome(failed.exitCode().get(), protocol.step(), failed.reason()));
    }
    return react(new CoordinatorEvent.MemberFailed(failed.member(), failed.reason()));
  }

  private Behavior<Command> onTrainerGone(TrainerGone gone) {
    trainers.remove(gone.member());
    // With its whole node it is gone only once the cluster says so.
    boolean nodeLives =
        nodes.home(gone.member()).map(node -> Leadership.contains(cluster, node)).orElse(false);
    String known = reasons.get(gone.member().name());
    String reason = "its actor stopped" + (known == null ? "" : "; known of it: " + known);
    return nodeLives ? react(new CoordinatorEvent.MemberFailed(gone.member(), reason)) : this;
  }

  private Behavior<Command> onNodeRemoved(NodeRemoved removed) {
    departures.removed(removed.node());
    List<CoordinatorEvent> events = new ArrayList<>();
    nodes
        .removed(removed.node())
        .forEach(name -> events.add(new CoordinatorEvent.MemberRemoved(name)));
    events.add(new CoordinatorEvent.NodeKnown(name(removed.node())));
    return react(events);
  }

  private Behavior<Command> onNodeUnreachable(NodeUnreachable unreachable) {
    return react(
        nodes.trainers(unreachable.node()).stream()
            .map(CoordinatorEvent.MemberUnreachable::new)
            .toList());
  }

  private void confirm(long generation) {
    if (generation != inQuestion) {
      inQuestion = generation;
      confirming.clear();
    }
    NodeMessage question = new NodeMessage.WhoLeads(generation, self(), getContext().getSelf());
    nodes.all().forEach(node -> node.ref().tell(question));
  }

  private Behavior<Command> onLeads(Leads answer) {
    if (answer.generation() != inQuestion || !answer.yes()) {
      return this;
    }
    confirming.add(answer.node());
    return Leadership.isMajority(cluster, confirming)
        ? react(new CoordinatorEvent.Confirmed(inQuestion))
        : this;
  }

  /** Reacts to one after another, until the run is over. */
  private Behavior<Command> react(List<? extends CoordinatorEvent> events) {
    Behavior<Command> next = this;
    for (CoordinatorEvent event : events) {
      if (next == this) {
        next = react(event);
      }
    }
    return next;
  }

  private Behavior<Command> react(CoordinatorEvent event) {
    Behavior<Command> next = this;
    for (CoordinatorEffect effect : protocol.on(event)) {
      try {
        Optional<RunOutcome> over = run(effect);
        if (over.isPresent()) {
          next = end(over.get());
        }
      } catch (IOException | RuntimeException e) {
        // A coordinator that could not do what it decided must not go on as if it had.
        return end(Outcomes.of(e, protocol.step()));
      }
    }
    return next;
  }

  /** Carries an effect out; an outcome if the run is over. */
  private Optional<RunOutcome> run(CoordinatorEffect effect) throws IOException {
    if (effect instanceof Claim claim) {
      claim(claim.generation());
    } else if (effect instanceof Confirm confirm) {
      confirm(confirm.generation());
    } else if (effect instanceof Send send) {
      ActorRef<Trainer.Command> trainer = trainers.get(send.to());
      if (trainer != null) {
        trainer.tell(new Trainer.FromCoordinator(send.message()));
      }
    } else if (effect instanceof Decided decided) {
      decided(decided);
    } else if (effect instanceof RewoundTo rewound) {
      story.rewindTo(rewound.step());
    } else if (effect instanceof TakeLedger take) {
      take(take.checkpoint());
    } else if (effect instanceof Note note) {
      listener.noted(note.text());
    } else if (effect instanceof Finished finished && goesBack(finished.why())) {
      rollBack();
    } else if (effect instanceof Finished finished) {
      return Optional.of(Outcomes.of(finished, protocol.step(), story.skippedInARow()));
    } else if (effect instanceof Fail fail) {
      return Optional.of(new RunOutcome(ExitCode.TRAINING_FAILED, protocol.step(), fail.reason()));
    }
    return Optional.empty();
  }

  private void decided(Decided decided) {
    StepMetrics metrics =
        story.decided(decided.facts(), decided.plan(), decided.generation(), decided.worldSize());
    listener.committed(metrics);
    pipeline.committed(decided.facts()).ifPresent(this::onFound);
    if (story.tooManyBad(parts.settings().pipeline().badSampleBudget())) {
      drain(Stop.BAD_DATA);
    } else if (story.skippedInARow() >= parts.settings().optimization().maxSkippedSteps()) {
      drain(Stop.NOT_FINITE);
    }
  }

  private void onFound(Finding finding) {
    if (!story.found(finding)) {
      return;
    }
    findings.heard(finding).ifPresent(listener::noted);
    if (findings.isLastingAlarm(finding)
        && parts.settings().evaluation().onCollapse() != OnCollapse.WARN) {
      drain(Stop.COLLAPSED);
    }
  }

  private boolean goesBack(Stop why) {
    return why == Stop.COLLAPSED
        && parts.settings().evaluation().onCollapse() == OnCollapse.ROLLBACK;
  }

  /** The run is over once it is done. */
  private void rollBack() throws IOException {
    long healthy = story.stepsBeforeCollapse();
    getContext()
        .pipeToSelf(
            store.rollBack(healthy),
            (newest, failure) ->
                failure == null
                    ? new Over(
                        Outcomes.collapsed(protocol.step(), newest, parts.checkpoints().uri()))
                    : new Broken(failure));
  }

  private void drain(Stop why) {
    getContext().getSelf().tell(new StoreSaid(new CoordinatorEvent.Drain(why)));
  }

  private void claim(long generation) {
    getContext()
        .pipeToSelf(
            store.claim(generation),
            (event, failure) -> failure == null ? new StoreSaid(event) : new Broken(failure));
  }

  /** Completes a checkpoint whose tensors are stored, then deletes what need not be kept. */
  private void complete(CheckpointName name, List<Manifest.FileEntry> tensors) {
    List<LedgerSegment> ledger = story.ledger(name.step());
    byte[] state = story.state(name.step(), name.generation(), parts.versions());
    getContext()
        .pipeToSelf(
            store.complete(name, tensors, ledger, state),
            (event, failure) ->
                new StoreSaid(
                    failure == null
                        ? event
                        : new CheckpointFailed(name, String.valueOf(failure.getMessage()))));
  }

  private void take(CheckpointName name) throws IOException {
    story.take(parts.checkpoints().ledger(name), parts.checkpoints().state(name));
  }

  /** Tells the other nodes first: with this one their way to hear of the end is gone. */
  private Behavior<Command> end(RunOutcome outcome) {
    for (NodeHello node : nodes.all()) {
      if (node.node() != self() && Leadership.contains(cluster, node.node())) {
        unaware.add(node.node());
        node.ref().tell(new NodeMessage.Ended(outcome, getContext().getSelf()));
      }
    }
    timers.startSingleTimer(EndNow.INSTANCE, unaware.isEmpty() ? Duration.ZERO : GOODBYE);
    return Behaviors.receive(Command.class)
        .onMessage(Goodbye.class, goodbye -> onGoodbye(goodbye, outcome))
        .onMessage(EndNow.class, now -> endNow(outcome))
        .onAnyMessage(other -> Behaviors.same())
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onGoodbye(Goodbye goodbye, RunOutcome outcome) {
    unaware.remove(goodbye.node());
    return unaware.isEmpty() ? endNow(outcome) : Behaviors.same();
  }

  private Behavior<Command> endNow(RunOutcome outcome) {
    listener.ended(outcome);
    if (!store.endLife()) {
      // Whoever goes on with the run waits a while to see that nobody leads it.
      getContext().getLog().debug("the sign of life stays in {}", parts.checkpoints().uri());
    }
    parent.tell(outcome);
    return Behaviors.stopped();
  }

  private Behavior<Command> onStop() throws IOException {
    try (folder) {
      story.close();
    }
    return Behaviors.same();
  }
}
