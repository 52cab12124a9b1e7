package org.ijepa.node;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.SingletonActor;
import java.time.Duration;
import java.util.Optional;
import org.ijepa.coordinator.Coordinator;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.Leadership;
import org.ijepa.coordinator.NodePart;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;

/**
 * Where the coordinator lives once this node leads; sees it stop, of which the singleton's manager
 * says nothing, and tells a failure from a run that goes on elsewhere. Part of the node's actor.
 */
final class CoordinatorSeat {
  /** How long it may take to hear that the coordinator stopped as it should. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(1);

  /**
   * The same where others may have removed this node, as one that slept: to see that takes as long
   * as the failure detector and the resolver of split clusters take together.
   */
  private static final Duration REMOVAL_PATIENCE = Duration.ofSeconds(20);

  private final ActorContext<Node.Command> context;
  private final TimerScheduler<Node.Command> timers;
  private final Node.Parts parts;
  private final Cluster cluster;
  private final String name;
  private final Standstill standstill = new Standstill(System::nanoTime);
  private boolean isTaken;
  private boolean handedOver;

  /**
   * Nobody leads from here yet.
   *
   * @param name of the node
   */
  CoordinatorSeat(
      ActorContext<Node.Command> context,
      TimerScheduler<Node.Command> timers,
      Node.Parts parts,
      String name) {
    this.context = context;
    this.timers = timers;
    this.parts = parts;
    this.name = name;
    cluster = Cluster.get(context.getSystem());
  }

  /**
   * Offers the seat to the cluster; without the role only the way to the coordinator is opened.
   *
   * @param ending hears how the run ends
   * @return the way to the coordinator, wherever it lives
   */
  ActorRef<Coordinator.Command> offer(ActorRef<RunOutcome> ending) {
    return ClusterSingleton.get(context.getSystem())
        .init(
            SingletonActor.of(
                    parts
                        .coordinator()
                        .map(lead -> coordinator(lead, ending))
                        .orElseGet(Behaviors::stopped),
                    "coordinator")
                .withStopMessage(Coordinator.HandOver.INSTANCE)
                .withSettings(
                    ClusterSingletonSettings.create(context.getSystem())
                        .withRole(Leadership.COORDINATOR))
                .withProps(Node.CONTROL));
  }

  private Behavior<Coordinator.Command> coordinator(
      CoordinatorParts lead, ActorRef<RunOutcome> ending) {
    ActorRef<Node.Command> self = context.getSelf();
    return Behaviors.setup(
        its -> {
          if (standstill.isRecent() && isLedElsewhere()) {
            ending.tell(RunOutcome.removed());
            return Behaviors.stopped();
          }
          self.tell(new Node.Leading(its.getSelf()));
          return Coordinator.create(lead, ending, () -> self.tell(Node.HandedOver.INSTANCE));
        });
  }

  /** What fails here fails where the coordinator begins, too, and ends the run with its reason. */
  private boolean isLedElsewhere() {
    try {
      return parts.check().isLed();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** The node moves; said with every tick. */
  void moves() {
    standstill.moves();
  }

  /** The coordinator is here. */
  boolean isTaken() {
    return isTaken;
  }

  void taken(Node.Leading leading) {
    context.watchWith(leading.coordinator(), Node.CoordinatorStopped.INSTANCE);
    isTaken = true;
    handedOver = false;
    parts.listener().moved(NodePart.COORDINATOR, name);
  }

  /** The coordinator makes way for that of another node. */
  void handedOver() {
    handedOver = true;
  }

  /** It also stops where this node leaves, or is removed, which this node may hear a bit later. */
  void left() {
    isTaken = false;
    parts.listener().gone(NodePart.COORDINATOR, name);
    judgeLater();
  }

  private void judgeLater() {
    timers.startSingleTimer(
        Node.JudgeStop.INSTANCE, parts.seeds().isEmpty() ? STOP_PATIENCE : REMOVAL_PATIENCE);
  }

  /**
   * What the stop meant, to a node that is not told to leave: without a coordinator nothing would
   * ever happen here again.
   *
   * @return how this node ends; empty: otherwise, or it is too early to say
   */
  Optional<RunOutcome> judge() {
    boolean isIn = cluster.selfMember().status().equals(MemberStatus.up());
    boolean stops = CoordinatedShutdown.get(context.getSystem()).getShutdownReason().isPresent();
    if (!isIn || stops) {
      return Optional.empty();
    }
    if (!cluster.state().getUnreachable().isEmpty()) {
      // Who is right about whom is not decided yet.
      judgeLater();
      return Optional.empty();
    }
    if (handedOver) {
      // Others have removed this node and it has not heard of it, or took them for lost in turn.
      return Optional.of(RunOutcome.removed());
    }
    return Optional.of(
        new RunOutcome(
            ExitCode.INTERNAL_ERROR,
            0,
            "the coordinator stopped without an outcome; the same command goes on from the last"
                + " checkpoint, --debug shows what it stopped at"));
  }
}
