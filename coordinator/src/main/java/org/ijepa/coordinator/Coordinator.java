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
import akka.cluster.typed.Cluster;
import akka.japi.function.Function;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
import org.ijepa.coordinator.CoordinatorEffect.Complete;
import org.ijepa.coordinator.CoordinatorEffect.Confirm;
import org.ijepa.coordinator.CoordinatorEffect.Decided;
import org.ijepa.coordinator.CoordinatorEffect.Fail;
import org.ijepa.coordinator.CoordinatorEffect.Finished;
import org.ijepa.coordinator.CoordinatorEffect.RewoundTo;
import org.ijepa.coordinator.CoordinatorEffect.Send;
import org.ijepa.coordinator.CoordinatorEffect.TakeLedger;
import org.ijepa.coordinator.CoordinatorEffect.Tell;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointDamaged;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointFailed;
import org.ijepa.coordinator.CoordinatorEvent.MemberGaveUp;
import org.ijepa.coordinator.CoordinatorEvent.Stop;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.run.Happening.CheckpointStored;
import org.ijepa.run.Happening.GenerationBegan;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.store.StoreException;
import org.ijepa.trainer.FromMember.Stored;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;

/**
 * The coordinator of a run: drives the step protocol of {@link CoordinatorProtocol} and writes down
 * what it decides, before anybody hears of it. A cluster singleton.
 */
public final class Coordinator extends AbstractBehavior<Coordinator.Command> {
  private static final Duration TICK = Duration.ofMillis(500);

  /** Messages to the coordinator. */
  public sealed interface Command {}

  /** What a trainer says. */
  public record FromTrainer(Trainer.Event event) implements Command {}

  /**
   * A node is there; said again and again.
   *
   * @param node as the cluster knows it: another number after each start
   * @param trainers that it has or will have
   * @param sums what they can sum with
   */
  public record NodeHello(
      long node, String name, int trainers, Sums sums, ActorRef<NodeMessage> ref)
      implements Command {}

  /** Answer to {@link NodeMessage.WhoLeads}. */
  public record Leads(long generation, int time, long node, boolean yes) implements Command {}

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

  private record CheckpointDone(CheckpointName name, CheckpointStored what) implements Command {}

  private enum Pruned implements Command {
    INSTANCE
  }

  private record Broken(Throwable failure) implements Command {}

  /** A trainer's actor has stopped. */
  record TrainerGone(MemberId member) implements Command {}

  private record Over(RunOutcome outcome) implements Command {}

  private record NodeRemoved(long node) implements Command {}

  private record NodeUnreachable(long node) implements Command {}

  /** A sign of life was given, or could not be, or another cluster's was found. */
  record LifeShown(Optional<SignOfLife> rival, Optional<Throwable> failure) implements Command {}

  private enum DecideDepartures implements Command {
    INSTANCE
  }

  /** Time for the next sign of life. */
  enum ShowLife implements Command {
    INSTANCE
  }

  /** The other nodes have had their time. */
  enum EndNow implements Command {
    INSTANCE
  }

  /** Another node's coordinator takes over: this one stops. */
  public enum HandOver implements Command {
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
  private final Runnable handedOver;
  private final Membership membership;

  private final Departures departures = new Departures();
  private final Judgement judgement;
  private final RollCall roll;
  private final StoreWork store;
  private final LifeSigns life;

  private Coordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CoordinatorParts parts,
      RunFolder folder,
      ActorRef<RunOutcome> parent,
      Runnable handedOver)
      throws IOException {
    super(context);
    this.parts = parts;
    listener = new RunMemory(parts.listener(), Clock.systemUTC());
    this.timers = timers;
    this.folder = folder;
    this.parent = parent;
    this.handedOver = handedOver;
    cluster = Cluster.get(context.getSystem());
    membership = new Membership(context, cluster);
    store =
        new StoreWork(
            parts, context.getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
    life =
        new LifeSigns(
            context, timers, store, parts.session(), cluster.selfMember().address().hostPort());
    folder.writeResolvedConfiguration(parts.settings().render());
    parts.checkpoints().marks().leaveToken(token);
    story = new RunStory(folder, parts.ledger(), parts.samples(), parts.meaning(), listener::noted);
    List<CheckpointName> complete = parts.checkpoints().complete();
    List<CheckpointName> damaged = takeNewest(complete);
    ClusterSettings settings = parts.settings().cluster();
    protocol =
        new CoordinatorProtocol(
            parts.plan(),
            ProtocolRules.of(settings, parts.maxTrainerFailures(), TICK),
            complete.subList(0, complete.size() - damaged.size()),
            parts.checkpoints().marks().newestGeneration());
    // Those that another coordinator set aside, too: members may remember what came after them.
    for (CheckpointName name : parts.checkpoints().damaged()) {
      protocol.on(new CheckpointDamaged(name, story.steps()));
    }
    judgement = new Judgement(parts, story, listener);
    roll = new RollCall(cluster, membership, listener);
    membership.watch(NodeRemoved::new, NodeUnreachable::new).forEach(protocol::on);
    if (!settings.seedNodes().isEmpty()) {
      listener.noted("this node leads the run now");
    }
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    life.show(protocol.generation());
  }

  /** Begins with the newest that is not damaged; returns those that are. */
  private List<CheckpointName> takeNewest(List<CheckpointName> complete) throws IOException {
    List<CheckpointName> damaged = new ArrayList<>();
    for (int i = complete.size() - 1; i >= 0; i--) {
      if (take(complete.get(i))) {
        return damaged;
      }
      damaged.add(complete.get(i));
    }
    if (!damaged.isEmpty()) {
      throw DamagedCheckpoint.all(parts.checkpoints());
    }
    story.begin();
    return damaged;
  }

  /**
   * A coordinator that tells {@code parent} how the run ended.
   *
   * @param handedOver what it does when it stops as another node's takes over
   */
  public static Behavior<Command> create(
      CoordinatorParts parts, ActorRef<RunOutcome> parent, Runnable handedOver) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  try {
                    return open(context, timers, parts, parent, handedOver);
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
      ActorRef<RunOutcome> parent,
      Runnable handedOver)
      throws IOException {
    RunFolder folder = parts.folder().open();
    try {
      return new Coordinator(context, timers, parts, folder, parent, handedOver);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FromTrainer.class, guarded(this::onTrainer))
        .onMessage(StoreSaid.class, guarded(said -> react(said.event())))
        .onMessage(CheckpointDone.class, guarded(this::onCheckpointDone))
        .onMessage(Pruned.class, guarded(pruned -> onPruned()))
        .onMessage(Tick.class, guarded(tick -> onTick()))
        .onMessage(LeaveAsked.class, guarded(this::onLeaveAsked))
        .onMessage(DecideDepartures.class, guarded(decide -> onDecideDepartures()))
        .onMessage(TrainerGone.class, guarded(gone -> react(membership.gone(gone.member()))))
        .onMessage(NodeHello.class, guarded(this::onHello))
        .onMessage(Leads.class, guarded(answer -> react(membership.leads(answer))))
        .onMessage(NodeRemoved.class, guarded(this::onNodeRemoved))
        .onMessage(
            NodeUnreachable.class, guarded(lost -> react(membership.unreachable(lost.node()))))
        .onMessage(Goodbye.class, goodbye -> this)
        .onMessage(StatusAsked.class, guarded(this::onStatusAsked))
        .onMessage(ShowLife.class, guarded(show -> onShowLife()))
        .onMessage(LifeShown.class, guarded(this::onLifeShown))
        .onMessage(Over.class, over -> end(over.outcome()))
        .onMessage(HandOver.class, handOver -> onHandOver())
        .onMessage(Broken.class, broken -> end(Outcomes.of(broken.failure(), protocol.step())))
        .onSignal(
            PostStop.class,
            signal -> {
              close();
              return this;
            })
        .build();
  }

  /** A coordinator that could not do what it decided must not go on as if it had. */
  private <M extends Command> Function<M, Behavior<Command>> guarded(
      Function<M, Behavior<Command>> handler) {
    return message -> {
      try {
        return handler.apply(message);
      } catch (IOException | RuntimeException e) {
        getContext().getLog().debug("the coordinator cannot go on", e);
        return end(Outcomes.of(e, protocol.step()));
      }
    };
  }

  private Behavior<Command> onTick() {
    roll.call(protocol);
    List<CoordinatorEvent> events = new ArrayList<>(membership.missed());
    events.add(new CoordinatorEvent.Tick());
    return react(events);
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
                protocol.leftOut().stream().map(MemberId::name).toList(),
                protocol.newestCheckpoint().map(CheckpointName::toString).orElse(""),
                listener.events()));
    return this;
  }

  private Behavior<Command> onShowLife() {
    life.show(protocol.generation());
    return this;
  }

  private Behavior<Command> onLifeShown(LifeShown shown) {
    life.shown(shown);
    if (shown.rival().isEmpty()) {
      return this;
    }
    SignOfLife rival = shown.rival().get();
    if (life.isOfThisCluster(rival)) {
      // The run goes on: whoever still listens here must not take it for ended.
      parent.tell(RunOutcome.removed());
      return Behaviors.stopped();
    }
    return end(LifeSigns.outcome(rival, protocol.step()));
  }

  private Behavior<Command> onHandOver() {
    handedOver.run();
    return Behaviors.stopped();
  }

  private Behavior<Command> onTrainer(FromTrainer said) {
    Trainer.Event event = said.event();
    if (event instanceof Trainer.Registered registered) {
      return react(membership.registered(registered));
    }
    if (event instanceof Trainer.Says says) {
      return react(new CoordinatorEvent.Received(says.message()));
    }
    if (event instanceof Trainer.Failed failed) {
      return onFailed(failed);
    }
    if (event instanceof Trainer.Hung hung) {
      // It is no more heard of; its node leaves.
      return react(membership.failed(hung.member(), hung.reason()));
    }
    if (event instanceof Trainer.Found found) {
      judgement.found(found.finding()).ifPresent(this::drain);
    }
    return this;
  }

  private Behavior<Command> onCheckpointDone(CheckpointDone done) {
    listener.stored(done.what());
    getContext().pipeToSelf(store.prune(), (pruned, failure) -> Pruned.INSTANCE);
    return react(new CheckpointComplete(done.name()));
  }

  private Behavior<Command> onPruned() {
    store.pruneFailure().ifPresent(this::noteUnpruned);
    return this;
  }

  private void noteUnpruned(Throwable failure) {
    listener.noted(
        "warning: old checkpoints could not be deleted ("
            + Outcomes.text(failure)
            + "); that is tried again after the next one");
  }

  private Behavior<Command> onHello(NodeHello hello) {
    switch (membership.hello(hello, !protocol.members().isEmpty())) {
      case WELCOME -> {
        welcome(hello);
        List<CoordinatorEvent> events = new ArrayList<>(refuseMisfits(hello));
        events.addAll(membership.known(hello.node()));
        return react(events);
      }
      case REFUSED -> listener.noted("node " + hello.name() + " is refused: its sums do not fit");
      case NAME_TAKEN ->
          listener.noted("a second node named " + hello.name() + " waits for the first to go");
      case IGNORED -> {
        // It greets again.
      }
    }
    return this;
  }

  /** Before the run has begun, those that take nothing but NCCL come first. */
  private List<CoordinatorEvent> refuseMisfits(NodeHello welcome) {
    List<CoordinatorEvent> events = new ArrayList<>();
    for (NodeHello misfit : membership.misfits(welcome)) {
      listener.noted("node " + misfit.name() + " is refused: its sums do not fit");
      events.addAll(membership.refuse(misfit, welcome));
    }
    return events;
  }

  private void welcome(NodeHello hello) {
    String session = parts.session().get();
    hello
        .ref()
        .tell(
            new NodeMessage.Welcome(
                session,
                cluster.selfMember().address().hostPort(),
                parts.meaning(),
                parts.samples().fingerprint(),
                token,
                parts.secret().apply(session)));
  }

  private Behavior<Command> onFailed(Trainer.Failed failed) {
    CoordinatorEvent event = membership.failed(failed.member(), failed.reason());
    if (failed.exitCode().isPresent()) {
      // What the user has to mend is not mended by starting the trainer again.
      return react(new MemberGaveUp(failed.member(), failed.reason(), failed.exitCode().get()));
    }
    return react(event);
  }

  private Behavior<Command> onNodeRemoved(NodeRemoved removed) {
    departures.removed(removed.node());
    return react(membership.removed(removed.node()));
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
      if (effect instanceof TakeLedger take && !take(take.checkpoint())) {
        // What follows was settled with a ledger that is not to be had.
        return react(new CheckpointDamaged(take.checkpoint(), story.steps()));
      }
      Optional<RunOutcome> over = run(effect);
      if (over.isPresent()) {
        next = end(over.get());
      }
    }
    return next;
  }

  /** Carries an effect out; an outcome if the run is over. */
  private Optional<RunOutcome> run(CoordinatorEffect effect) {
    if (effect instanceof Claim claim) {
      claim(claim.generation());
    } else if (effect instanceof Confirm confirm) {
      membership.confirm(confirm);
    } else if (effect instanceof Send send) {
      membership.tell(send.to(), send.message());
    } else if (effect instanceof Decided decided) {
      judgement.decided(decided).ifPresent(this::drain);
    } else if (effect instanceof RewoundTo rewound) {
      story.rewindTo(rewound.step());
    } else if (effect instanceof Complete complete) {
      complete(complete.stored());
    } else if (effect instanceof Tell tell) {
      listener.happened(tell.what());
      if (tell.what() instanceof GenerationBegan) {
        roll.call(protocol);
      }
    } else if (effect instanceof Finished finished && judgement.goesBack(finished.why())) {
      rollBack();
    } else if (effect instanceof Finished finished) {
      return Optional.of(
          Outcomes.of(
              finished,
              protocol.step(),
              judgement.skipped(),
              protocol.setback(),
              protocol.failure()));
    } else if (effect instanceof Fail fail) {
      return Optional.of(new RunOutcome(fail.exitCode(), protocol.step(), fail.reason()));
    }
    return Optional.empty();
  }

  /** The run is over once it is done. */
  private void rollBack() {
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

  /** Completes a checkpoint whose tensors are stored. */
  private void complete(Stored stored) {
    CheckpointName name = stored.name();
    long started = System.nanoTime();
    List<LedgerSegment> ledger = story.ledger(name.step());
    byte[] state = story.state(name.step(), name.generation(), parts.versions());
    getContext()
        .pipeToSelf(
            store.complete(name, stored.tensors(), ledger, state),
            (completed, failure) ->
                failure == null
                    ? new CheckpointDone(
                        name,
                        new CheckpointStored(
                            name.toString(),
                            stored.took().stall(),
                            stored.took().write() + (System.nanoTime() - started) * 1e-9))
                    : new StoreSaid(
                        new CheckpointFailed(name, String.valueOf(failure.getMessage()))));
  }

  /** Goes on with the ledger of a checkpoint; false if it is damaged. */
  private boolean take(CheckpointName name) {
    LedgerContents ledger;
    JsonNode state;
    try {
      ledger = parts.checkpoints().ledger(name);
      state = parts.checkpoints().state(name);
    } catch (IOException | StoreException e) {
      if (e instanceof StoreException store && !DamagedCheckpoint.isMeantBy(store)) {
        throw store;
      }
      listener.noted(DamagedCheckpoint.setAside(parts.checkpoints(), name, e));
      return false;
    }
    story.take(ledger, state);
    return true;
  }

  private Behavior<Command> end(RunOutcome outcome) {
    return Farewell.create(
        getContext(), timers, membership.others(), outcome, () -> ended(outcome), this::close);
  }

  private void ended(RunOutcome outcome) {
    try {
      story.end().forEach(listener::noted);
      store.endPrune().ifPresent(this::noteUnpruned);
      listener.ended(outcome);
      if (!store.endLife()) {
        // Whoever goes on with the run waits a while to see that nobody leads it.
        getContext().getLog().debug("the sign of life stays in {}", parts.checkpoints().uri());
      }
    } finally {
      parent.tell(outcome);
    }
  }

  private void close() {
    try (folder) {
      story.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
