package org.ijepa.coordinator;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ijepa.coordinator.Coordinator.Command;
import org.ijepa.coordinator.Coordinator.EndNow;
import org.ijepa.coordinator.Coordinator.Goodbye;
import org.ijepa.coordinator.Coordinator.NodeHello;

/**
 * The last state of a coordinator: the other nodes hear how the run ended before this one goes, and
 * with it their way to hear of it.
 */
final class Farewell {
  /** How long the other nodes have to hear it. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Nodes that have yet to hear. */
  private final Set<Long> unaware = new HashSet<>();

  private final Runnable last;

  private Farewell(Runnable last) {
    this.last = last;
  }

  /**
   * Tells the nodes, then stops the actor.
   *
   * @param last what is done once all have heard, or had the time to
   * @param stopped what is done when the actor stops, also from without
   */
  static Behavior<Command> create(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      List<NodeHello> nodes,
      RunOutcome outcome,
      Runnable last,
      Runnable stopped) {
    Farewell farewell = new Farewell(last);
    for (NodeHello node : nodes) {
      farewell.unaware.add(node.node());
      node.ref().tell(new NodeMessage.Ended(outcome, context.getSelf()));
    }
    timers.startSingleTimer(EndNow.INSTANCE, nodes.isEmpty() ? Duration.ZERO : PATIENCE);
    return Behaviors.receive(Command.class)
        .onMessage(Goodbye.class, farewell::onGoodbye)
        .onMessage(EndNow.class, now -> farewell.end())
        .onAnyMessage(other -> Behaviors.same())
        .onSignal(
            PostStop.class,
            signal -> {
              stopped.run();
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> onGoodbye(Goodbye goodbye) {
    unaware.remove(goodbye.node());
    return unaware.isEmpty() ? end() : Behaviors.same();
  }

  private Behavior<Command> end() {
    last.run();
    return Behaviors.stopped();
  }
}
