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
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
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
import org.ijepa.failure.Failure;
import org.ijepa.run.RunFolder;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.ClusterSettings.OnLoss;
import org.ijepa.settings.EvaluationSettings.OnCollapse;
import org.ijepa.trainer.Finding;
import org.ijepa.trainer.Finding.Severity;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;

/**
 * The coordinator of a run: drives the step protocol of {@link CoordinatorProtocol} and writes down
 * what it decides, before anybody hears of it. A cluster singleton.
 */
public final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  /** Role of nodes that have trainers. */
  static final String TRAINER = "trainer";

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

  /** Stop after the step in flight, with a checkpoint. */
  public enum Drain implements Command {
    INSTANCE
  }

  private record StoreSaid(CoordinatorEvent event) implements Command {}

  private record Broken(Throwable failure) implements Command {}

  private record TrainerGone(MemberId member) implements Command {}

  private record NodeRemoved(long node) implements Command {}

  private record NodeUnreachable(long node) implements Command {}

  private enum EndNow implements Command {
    INSTANCE
  }

  private enum Tick implements Command {
    INSTANCE
  }

  private final CoordinatorParts parts;
  private final TimerScheduler<Command> timers;
  private final Cluster cluster;
  private final CoordinatorProtocol protocol;
  private final RunFolder folder;
  private final RunStory story;
  private final String token = UUID.randomUUID().toString();
  private final ActorRef<RunOutcome> parent;
  private final Nodes nodes = new Nodes();
  private final Map<MemberId, ActorRef<Trainer.Command>> trainers = new HashMap<>();
  private final Map<String, String> words = new HashMap<>();
  private final Executor blocking;

  /** Nodes that have confirmed the generation in question, and the generation. */
  private final Set<Long> confirming = new HashSet<>();

  private long inQuestion;

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
    this.timers = timers;
    this.folder = folder;
    this.parent = parent;
    cluster = Cluster.get(context.getSystem());
    blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
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
    story = new RunStory(folder, parts.ledger(), parts.index(), parts.meaning());
    if (complete.isEmpty()) {
      story.begin();
    } else {
      take(complete.get(complete.size() - 1));
    }
    watchCluster();
    if (!settings.seedNodes().isEmpty()) {
      parts.listener().noted("this node leads the run now");
    }
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
  }

  private void watchCluster() {
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                getContext()
                    .messageAdapter(
                        ClusterEvent.MemberRemoved.class,
                        event -> new NodeRemoved(event.member().uniqueAddress().longUid())),
                ClusterEvent.MemberRemoved.class));
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                getContext()
                    .messageAdapter(
                        ClusterEvent.UnreachableMember.class,
                        event -> new NodeUnreachable(event.member().uniqueAddress().longUid())),
                ClusterEvent.UnreachableMember.class));
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(TRAINER) && Leadership.isIn(member)) {
        protocol.on(new CoordinatorEvent.NodeAwaited(name(member.uniqueAddress().longUid())));
      }
    }
  }

  private long self() {
    return cluster.selfMember().uniqueAddress().longUid();
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
                    parent.tell(outcome(e, 0));
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
        .onMessage(StoreSaid.class, said -> react(said.event()))
        .onMessage(Tick.class, tick -> react(new CoordinatorEvent.Tick()))
        .onMessage(Drain.class, drain -> react(new CoordinatorEvent.Drain(Stop.INTERRUPTED)))
        .onMessage(TrainerGone.class, this::onTrainerGone)
        .onMessage(NodeHello.class, this::onHello)
        .onMessage(Leads.class, this::onLeads)
        .onMessage(NodeRemoved.class, this::onNodeRemoved)
        .onMessage(NodeUnreachable.class, this::onNodeUnreachable)
        .onMessage(Goodbye.class, goodbye -> this)
        .onMessage(Broken.class, broken -> end(outcome(broken.failure(), protocol.step())))
        .onSignal(PostStop.class, signal -> onStop())
        .build();
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

  private Behavior<Command> onHello(NodeHello hello) {
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
                parts.index().fingerprint(),
                token));
    return knownIfComplete(hello.node());
  }

  private Behavior<Command> knownIfComplete(long node) {
    return nodes.isComplete(node) ? react(new CoordinatorEvent.NodeKnown(name(node))) : this;
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
    Behavior<Command> next = react(new CoordinatorEvent.Registered(member));
    return next == this ? knownIfComplete(registered.node()) : next;
  }

  private Behavior<Command> onFailed(Trainer.Failed failed) {
    if (failed.exitCode().isPresent()) {
      // What the user has to mend is not mended by starting the trainer again.
      parts.listener().noted(failed.reason());
      return end(new RunOutcome(failed.exitCode().get(), protocol.step(), failed.reason()));
    }
    return react(new CoordinatorEvent.MemberFailed(failed.member(), failed.reason()));
  }

  private Behavior<Command> onTrainerGone(TrainerGone gone) {
    trainers.remove(gone.member());
    // With its whole node it is gone only once the cluster says so.
    boolean nodeLives =
        nodes.home(gone.member()).map(node -> Leadership.contains(cluster, node)).orElse(false);
    return nodeLives
        ? react(new CoordinatorEvent.MemberFailed(gone.member(), "its actor stopped"))
        : this;
  }

  private Behavior<Command> onNodeRemoved(NodeRemoved removed) {
    Behavior<Command> next = this;
    for (String name : nodes.removed(removed.node())) {
      if (next == this) {
        next = react(new CoordinatorEvent.MemberRemoved(name));
      }
    }
    return next == this ? react(new CoordinatorEvent.NodeKnown(name(removed.node()))) : next;
  }

  private Behavior<Command> onNodeUnreachable(NodeUnreachable unreachable) {
    Behavior<Command> next = this;
    for (String name : nodes.trainers(unreachable.node())) {
      if (next == this) {
        next = react(new CoordinatorEvent.MemberUnreachable(name));
      }
    }
    return next;
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
        return end(outcome(e, protocol.step()));
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
      parts.listener().noted(note.text());
    } else if (effect instanceof Finished finished) {
      return Optional.of(outcome(finished));
    } else if (effect instanceof Fail fail) {
      return Optional.of(new RunOutcome(ExitCode.TRAINING_FAILED, protocol.step(), fail.reason()));
    }
    return Optional.empty();
  }

  private void decided(Decided decided) {
    StepMetrics metrics =
        story.decided(decided.facts(), decided.plan(), decided.generation(), decided.worldSize());
    parts.listener().committed(metrics);
    if (story.tooManyBad(parts.settings().pipeline().badSampleBudget())) {
      drain(Stop.BAD_DATA);
    } else if (story.skippedInARow() >= parts.settings().optimization().maxSkippedSteps()) {
      drain(Stop.NOT_FINITE);
    }
  }

  /** Says what has changed, what is alarming, and how it was at the end. */
  private void onFound(Finding finding) {
    if (!story.found(finding)) {
      return;
    }
    String last = words.put(finding.about(), finding.word());
    boolean alarm = finding.severity() == Severity.ALARM;
    boolean end = finding.step() + 1 == parts.plan().totalSteps();
    if (alarm || end || !finding.word().equals(last)) {
      parts
          .listener()
          .noted(
              (alarm ? "ALARM: " : "")
                  + finding.about()
                  + " after step "
                  + finding.step()
                  + ": "
                  + finding.text());
    }
    // One look may be at a moment that passes.
    boolean again = alarm && finding.word().equals(last);
    if (again && parts.settings().evaluation().onCollapse() == OnCollapse.STOP) {
      drain(Stop.COLLAPSED);
    }
  }

  private void drain(Stop why) {
    getContext().getSelf().tell(new StoreSaid(new CoordinatorEvent.Drain(why)));
  }

  private void claim(long generation) {
    CompletableFuture<CoordinatorEvent> claimed =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return parts.checkpoints().claim(generation, parts.claimant())
                    ? new CoordinatorEvent.Claimed(generation, parts.checkpoints().complete())
                    : new CoordinatorEvent.ClaimRefused(parts.checkpoints().newestGeneration());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CompletionException(e);
              }
            },
            blocking);
    getContext()
        .pipeToSelf(
            claimed,
            (event, failure) -> failure == null ? new StoreSaid(event) : new Broken(failure));
  }

  /** Completes a checkpoint whose tensors are stored, then deletes what need not be kept. */
  private void complete(CheckpointName name, List<Manifest.FileEntry> tensors) {
    Map<String, byte[]> small =
        Map.of(
            CheckpointStore.LEDGER,
            story.ledger(name.step()),
            CheckpointStore.STATE,
            story.state(name.step(), name.generation(), parts.versions()));
    CompletableFuture<CheckpointName> done =
        CompletableFuture.supplyAsync(
            () -> {
              parts.checkpoints().complete(name, tensors, small);
              parts
                  .checkpoints()
                  .prune(
                      parts.settings().checkpoint().keepLast(),
                      parts.settings().checkpoint().keepEvery());
              return name;
            },
            blocking);
    getContext()
        .pipeToSelf(
            done,
            (stored, failure) ->
                new StoreSaid(
                    failure == null
                        ? new CheckpointComplete(stored)
                        : new CheckpointFailed(name, String.valueOf(failure.getMessage()))));
  }

  private void take(CheckpointName name) throws IOException {
    story.take(
        parts.checkpoints().read(name, CheckpointStore.LEDGER),
        parts.checkpoints().read(name, CheckpointStore.STATE));
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
    parent.tell(outcome);
    return Behaviors.stopped();
  }

  private RunOutcome outcome(Finished finished) {
    long step = protocol.step();
    String unsaved = finished.saved() ? "" : "; its last checkpoint could not be written";
    return switch (finished.why()) {
      case COMPLETE ->
          new RunOutcome(
              finished.saved() ? ExitCode.DONE : ExitCode.INTERRUPTED,
              step,
              "all " + step + " steps are done" + unsaved);
      case INTERRUPTED ->
          new RunOutcome(
              ExitCode.INTERRUPTED,
              step,
              "stopped after " + step + " steps; the same command goes on from there" + unsaved);
      case NOT_FINITE ->
          new RunOutcome(
              ExitCode.TRAINING_FAILED,
              step,
              "loss or gradient was not finite in "
                  + story.skippedInARow()
                  + " steps in a row (optimization.max-skipped-steps); lower optimization.lr"
                  + unsaved);
      case COLLAPSED ->
          new RunOutcome(
              ExitCode.TRAINING_FAILED,
              step,
              "the encoder collapses; see collapse.jsonl (evaluation.on-collapse = warn goes on)"
                  + unsaved);
      case BAD_DATA ->
          new RunOutcome(
              ExitCode.BAD_DATA,
              step,
              "more bad samples than pipeline.bad-sample-budget allows; see quarantine.jsonl"
                  + unsaved);
      case NOT_BACK ->
          new RunOutcome(
              ExitCode.INTERRUPTED,
              step,
              "stopped after "
                  + step
                  + " steps: a lost node did not come back within cluster.rejoin-timeout"
                  + unsaved);
    };
  }

  private static RunOutcome outcome(Throwable failure, long step) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof Failure known) {
        return new RunOutcome(known.exitCode(), step, known.line());
      }
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return new RunOutcome(ExitCode.INTERRUPTED, step, String.valueOf(cause.getMessage()));
  }

  private Behavior<Command> onStop() throws IOException {
    try (folder) {
      story.close();
    }
    return Behaviors.same();
  }
}
