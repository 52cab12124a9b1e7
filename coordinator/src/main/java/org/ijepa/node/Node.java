package org.ijepa.node;

import akka.actor.Address;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Leave;
import akka.cluster.typed.SelfUp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.ijepa.coordinator.Coordinator;
import org.ijepa.coordinator.Coordinator.NodeHello;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.Leadership;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.coordinator.NodePart;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.coordinator.StatusAnswer;
import org.ijepa.coordinator.Sums;
import org.ijepa.decoding.DecodingClient;
import org.ijepa.decoding.DecodingService;
import org.ijepa.decoding.RemoteDecoding;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.trainer.FromMember;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;
import org.ijepa.trainer.TrainerParts;

/**
 * The guardian of a node: joins the cluster, spawns the coordinator's singleton and, once the run
 * has welcomed the node, its trainers; starts failed trainers anew.
 */
final class Node extends AbstractBehavior<Node.Command> {
  private static final Duration TICK = Duration.ofMillis(500);

  /** Those who must answer have a thread each. */
  static final DispatcherSelector CONTROL =
      DispatcherSelector.fromConfig("ijepa.control-dispatcher");

  /** Welcomes without finding the coordinator's word in the store, after which it is another. */
  private static final int MOST_MISSES = 10;

  /** Ticks without a word of the coordinator after which a node that shall stop asks no longer. */
  private static final int UNHEARD_TICKS = 60;

  /** Messages to the guardian. */
  sealed interface Command {}

  /** Leave the run after the step in flight, or end it if nobody goes on. */
  enum Drain implements Command {
    INSTANCE
  }

  /** How does it look? Asked from outside the cluster; the coordinator answers, too. */
  record StatusAsked(ActorRef<StatusAnswer> replyTo) implements Command {}

  private record TrainerSaid(Trainer.Event event) implements Command {}

  private record TrainerStopped(int number) implements Command {}

  private record Said(NodeMessage message) implements Command {}

  private record Checked(NodeMessage.Welcome welcome, boolean sharesStore) implements Command {}

  private record CheckFailed(Throwable failure) implements Command {}

  record LifeLooked(boolean isLed, Optional<Throwable> failure) implements Command {}

  private record Ended(RunOutcome outcome) implements Command {}

  /** The coordinator lives on this node now. */
  record Leading(ActorRef<Coordinator.Command> coordinator) implements Command {}

  enum CoordinatorStopped implements Command {
    INSTANCE
  }

  /** The coordinator makes way for that of another node. */
  enum HandedOver implements Command {
    INSTANCE
  }

  enum JudgeStop implements Command {
    INSTANCE
  }

  private enum Tick implements Command {
    INSTANCE
  }

  /**
   * What a node is made of.
   *
   * @param name of the node; its trainers are named after it; empty: host and port
   * @param seeds nodes to join through; empty: found a cluster
   * @param trainers of this node; none where it does not train
   * @param sums what they can sum with
   * @param endpoint where the process hears other trainers
   * @param firstIncarnation above that of any trainer of an earlier process
   * @param coordinator absent where the node may not lead
   * @param decoding what it decodes for trainers elsewhere with, if it does
   * @param remote what its trainers' streams find those with that decode, if they do
   * @param outcome completed when the run ends
   */
  record Parts(
      String name,
      List<Address> seeds,
      List<TrainerParts> trainers,
      Sums sums,
      String endpoint,
      long firstIncarnation,
      RunSession session,
      NodeCheck check,
      RunListener listener,
      Optional<CoordinatorParts> coordinator,
      Optional<DecodingService.Parts> decoding,
      Optional<Remote> remote,
      CompletableFuture<RunOutcome> outcome) {}

  /** How trainers' streams find nodes that decode. */
  record Remote(RemoteDecoding streams, String run, int imageBytes) {}

  private final Parts parts;
  private final Cluster cluster;
  private final String name;
  private final RunListener listener;
  private final ClusterEntry entry;
  private final CoordinatorSeat seat;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<Trainer.Event> fromTrainers;
  private final ActorRef<NodeMessage> fromCoordinator;
  private Optional<ActorRef<DecodingService.Command>> service = Optional.empty();
  private long incarnation;
  private boolean checking;
  private boolean joined;
  private int misses;
  private int unheardTicks;
  private boolean draining;
  private boolean leaving;
  private boolean ended;

  private Node(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
    super(context);
    this.parts = parts;
    cluster = Cluster.get(context.getSystem());
    listener = parts.listener();
    Address self = cluster.selfMember().address();
    name = parts.name().isEmpty() ? hostAndPort(self) : parts.name();
    if (!parts.seeds().isEmpty()) {
      listener.named(name);
    }
    incarnation = parts.firstIncarnation();
    fromTrainers = context.messageAdapter(Trainer.Event.class, TrainerSaid::new);
    fromCoordinator = context.messageAdapter(NodeMessage.class, Said::new);
    ActorRef<RunOutcome> ending = context.messageAdapter(RunOutcome.class, Ended::new);
    seat = new CoordinatorSeat(context, timers, parts, name);
    coordinator = seat.offer(ending);
    entry = new ClusterEntry(context, parts.seeds(), parts.check(), listener);
    entry.join(name, context.messageAdapter(SelfUp.class, up -> Tick.INSTANCE));
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Node(context, timers, parts)));
  }

  private Behavior<Command> onLifeLooked(LifeLooked looked) {
    if (looked.failure().isPresent()) {
      return onCheckFailed(new CheckFailed(looked.failure().get()));
    }
    entry.looked(looked.isLed());
    return this;
  }

  private void spawn(int number) {
    MemberId member = new MemberId(name + "-" + number, incarnation++, parts.endpoint());
    ActorRef<Trainer.Command> trainer =
        getContext()
            .spawn(
                Trainer.create(member, number(), parts.trainers().get(number), fromTrainers),
                "trainer-" + number + "-" + member.incarnation(),
                CONTROL);
    getContext().watchWith(trainer, new TrainerStopped(number));
  }

  private long number() {
    return cluster.selfMember().uniqueAddress().longUid();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(TrainerSaid.class, this::onTrainerSaid)
        .onMessage(TrainerStopped.class, this::onTrainerStopped)
        .onMessage(Said.class, this::onSaid)
        .onMessage(Checked.class, this::onChecked)
        .onMessage(CheckFailed.class, this::onCheckFailed)
        .onMessage(Tick.class, tick -> onTick())
        .onMessage(Drain.class, drain -> onDrain())
        .onMessage(StatusAsked.class, this::onStatusAsked)
        .onMessage(LifeLooked.class, this::onLifeLooked)
        .onMessage(Leading.class, this::onLeading)
        .onMessage(CoordinatorStopped.class, stopped -> onCoordinatorStopped())
        .onMessage(HandedOver.class, over -> onHandedOver())
        .onMessage(JudgeStop.class, judge -> onJudgeStop())
        .onMessage(Ended.class, this::onEnded)
        .build();
  }

  private Behavior<Command> onTick() {
    seat.moves();
    listener.moved(NodePart.NODE, name);
    if (cluster.selfMember().status().equals(MemberStatus.up())) {
      coordinator.tell(
          new NodeHello(number(), name, parts.trainers().size(), parts.sums(), fromCoordinator));
    } else {
      entry.waits();
    }
    return draining ? askToLeave() : this;
  }

  static String hostAndPort(Address address) {
    return address.getHost().orElseThrow() + ":" + address.getPort().orElseThrow();
  }

  private Behavior<Command> onSaid(Said said) {
    unheardTicks = 0;
    if (said.message() instanceof NodeMessage.Welcome welcome) {
      if (seat.isTaken()) {
        // It answers every greeting.
        listener.moved(NodePart.COORDINATOR, name);
      }
      onWelcome(welcome);
    } else if (said.message() instanceof NodeMessage.WhoLeads question) {
      boolean yes = Leadership.leader(cluster).equals(Optional.of(question.node()));
      question
          .replyTo()
          .tell(new Coordinator.Leads(question.generation(), question.time(), number(), yes));
    } else if (said.message() instanceof NodeMessage.Refused refused) {
      return endAlone(new RunOutcome(ExitCode.WRONG_USAGE, 0, refused.why()));
    } else if (said.message() instanceof NodeMessage.Leave) {
      leave();
    } else if (said.message() instanceof NodeMessage.Ended end) {
      end.replyTo().tell(new Coordinator.Goodbye(number()));
      return onEnded(new Ended(end.outcome()));
    }
    return this;
  }

  private void onWelcome(NodeMessage.Welcome welcome) {
    if (joined || checking) {
      return;
    }
    checking = true;
    CompletableFuture<Boolean> checked =
        CompletableFuture.supplyAsync(
            () -> parts.check().sharesStore(welcome),
            getContext().getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
    getContext()
        .pipeToSelf(
            checked,
            (shares, failure) ->
                failure == null ? new Checked(welcome, shares) : new CheckFailed(failure));
  }

  private Behavior<Command> onChecked(Checked checked) {
    checking = false;
    if (!checked.sharesStore()) {
      // The coordinator may be a newer one than the one that welcomed.
      if (++misses < MOST_MISSES) {
        return this;
      }
      return endAlone(
          new RunOutcome(
              ExitCode.WRONG_USAGE,
              0,
              "this node's checkpoint store is not the one that the node at "
                  + checked.welcome().leader()
                  + " uses; give all nodes the same checkpoint.uri, which all can reach"));
    }
    joined = true;
    listener.joined();
    parts.session().adopt(checked.welcome().session());
    if (!parts.seeds().isEmpty()) {
      listener.noted(
          "node " + name + " has joined the run that " + checked.welcome().leader() + " leads");
    }
    shareDecoding();
    for (int i = 0; i < parts.trainers().size(); i++) {
      spawn(i);
    }
    return this;
  }

  /** Before the trainers, whose streams are told of it when they begin. */
  private void shareDecoding() {
    parts
        .decoding()
        .ifPresent(
            decoding ->
                service =
                    Optional.of(getContext().spawn(DecodingService.create(decoding), "decoding")));
    parts
        .remote()
        .ifPresent(
            remote ->
                remote
                    .streams()
                    .use(
                        getContext()
                            .spawn(
                                DecodingClient.create(
                                    new DecodingClient.Parts(
                                        remote.run(), name, remote.imageBytes(), listener)),
                                "remote-decoding")));
  }

  private Behavior<Command> onCheckFailed(CheckFailed failed) {
    Throwable cause = failed.failure().getCause();
    if (cause instanceof Failure failure) {
      return endAlone(new RunOutcome(failure.exitCode(), 0, failure.line()));
    }
    return endAlone(
        new RunOutcome(ExitCode.INTERRUPTED, 0, "the checkpoint store cannot be read: " + cause));
  }

  private Behavior<Command> onTrainerSaid(TrainerSaid said) {
    if (said.event() instanceof Trainer.Says says
        && says.message() instanceof FromMember.Reduced reduced) {
      listener.reduced(reduced.generation(), reduced.facts().step());
    } else if (said.event() instanceof Trainer.Registered registered) {
      listener.moved(NodePart.TRAINER, registered.member().name());
    }
    coordinator.tell(new Coordinator.FromTrainer(said.event()));
    return said.event() instanceof Trainer.Hung hung ? onTrainerHung(hung) : this;
  }

  /** What hangs keeps its memory, and perhaps a GPU: only another process can have a new one. */
  private Behavior<Command> onTrainerHung(Trainer.Hung hung) {
    listener.hung("trainer " + hung.member().name() + ": " + hung.reason());
    return endAlone(
        new RunOutcome(
            ExitCode.INTERRUPTED,
            0,
            "trainer "
                + hung.member().name()
                + " hangs, and with it this node ends: "
                + hung.reason()
                + (parts.seeds().isEmpty()
                    ? "; the same command goes on from the last checkpoint"
                    : "; the others go on, the same command joins again")));
  }

  private Behavior<Command> onTrainerStopped(TrainerStopped stopped) {
    if (!ended) {
      spawn(stopped.number());
    }
    return this;
  }

  private Behavior<Command> onStatusAsked(StatusAsked asked) {
    asked.replyTo().tell(Leadership.status(cluster));
    coordinator.tell(new Coordinator.StatusAsked(asked.replyTo()));
    return this;
  }

  /** Only the coordinator knows whether others go on without this node. */
  private Behavior<Command> onDrain() {
    draining = true;
    unheardTicks = 0;
    MemberStatus status = cluster.selfMember().status();
    if (status.equals(MemberStatus.removed()) && !parts.seeds().isEmpty()) {
      return onEnded(
          new Ended(
              new RunOutcome(
                  ExitCode.INTERRUPTED, 0, "stopped before this node had joined the run")));
    }
    return askToLeave();
  }

  /**
   * A coordinator that is there says so with every greeting, and lets the node go or ends the run;
   * without one nobody would.
   */
  private Behavior<Command> askToLeave() {
    if (ended) {
      return this;
    }
    boolean isUp = cluster.selfMember().status().equals(MemberStatus.up());
    if (isUp && Leadership.leader(cluster).isEmpty()) {
      return leaveUnasked("no node that may lead the run (cluster.roles) is in the cluster");
    }
    if (++unheardTicks > UNHEARD_TICKS) {
      return leaveUnasked(
          "nothing was heard of the node that leads for "
              + TICK.multipliedBy(UNHEARD_TICKS).toSeconds()
              + " s");
    }
    if (isUp) {
      coordinator.tell(new Coordinator.LeaveAsked(number(), fromCoordinator));
    }
    return this;
  }

  private Behavior<Command> leaveUnasked(String why) {
    return endAlone(
        new RunOutcome(ExitCode.INTERRUPTED, 0, "this node has left by itself: " + why));
  }

  private void leave() {
    if (!leaving) {
      leaving = true;
      listener.noted("node " + name + " leaves the run");
      service.ifPresent(decoding -> decoding.tell(DecodingService.Drain.INSTANCE));
      cluster.manager().tell(Leave.create(cluster.selfMember().address()));
    }
  }

  /**
   * Ends this node, and not the run: it leaves the cluster before it stops, or the others would
   * take it for lost, and of two nodes the one that is left might give itself up.
   */
  private Behavior<Command> endAlone(RunOutcome outcome) {
    if (!ended) {
      ended = true;
      parts.outcome().complete(outcome);
      CoordinatedShutdown.get(getContext().getSystem()).runAll(CoordinatedShutdown.unknownReason());
    }
    return this;
  }

  private Behavior<Command> onLeading(Leading leading) {
    seat.taken(leading);
    return this;
  }

  private Behavior<Command> onHandedOver() {
    seat.handedOver();
    return this;
  }

  private Behavior<Command> onCoordinatorStopped() {
    seat.left();
    return this;
  }

  private Behavior<Command> onJudgeStop() {
    Optional<RunOutcome> over = ended || leaving ? Optional.empty() : seat.judge();
    return over.isPresent() ? endAlone(over.get()) : this;
  }

  private Behavior<Command> onEnded(Ended end) {
    ended = true;
    parts.outcome().complete(end.outcome());
    // Stopping the guardian stops the trainers, which give their memory back.
    return Behaviors.stopped();
  }
}
