package org.ijepa.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.Join;
import akka.cluster.typed.SingletonActor;
import java.util.concurrent.CompletableFuture;
import org.ijepa.coordinator.Coordinator;
import org.ijepa.coordinator.CoordinatorParts;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.trainer.MemberId;
import org.ijepa.trainer.Trainer;
import org.ijepa.trainer.TrainerParts;

/** The guardian of a node: spawns coordinator and trainers, starts failed trainers anew. */
final class Node extends AbstractBehavior<Node.Command> {

  /** Messages to the guardian. */
  sealed interface Command {}

  /** Stop after the step in flight. */
  enum Drain implements Command {
    INSTANCE
  }

  private record TrainerSaid(Trainer.Event event) implements Command {}

  private record TrainerStopped(int number) implements Command {}

  private record Ended(RunOutcome outcome) implements Command {}

  /**
   * What a node is made of.
   *
   * @param name of the node; its trainers are named after it
   * @param trainers number of trainers
   * @param firstIncarnation above that of any trainer of an earlier process
   * @param outcome completed when the run ends
   */
  record Parts(
      String name,
      int trainers,
      long firstIncarnation,
      CoordinatorParts coordinator,
      TrainerParts trainer,
      CompletableFuture<RunOutcome> outcome) {}

  private final Parts parts;
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorRef<Trainer.Event> fromTrainers;
  private long incarnation;
  private boolean ended;

  private Node(ActorContext<Command> context, Parts parts) {
    super(context);
    this.parts = parts;
    incarnation = parts.firstIncarnation();
    Cluster cluster = Cluster.get(context.getSystem());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    ActorRef<RunOutcome> ending = context.messageAdapter(RunOutcome.class, Ended::new);
    coordinator =
        ClusterSingleton.get(context.getSystem())
            .init(
                SingletonActor.of(Coordinator.create(parts.coordinator(), ending), "coordinator"));
    fromTrainers = context.messageAdapter(Trainer.Event.class, TrainerSaid::new);
    for (int i = 0; i < parts.trainers(); i++) {
      spawn(i);
    }
  }

  static Behavior<Command> create(Parts parts) {
    return Behaviors.setup(context -> new Node(context, parts));
  }

  private void spawn(int number) {
    MemberId member = new MemberId(parts.name() + "-" + number, incarnation++);
    ActorRef<Trainer.Command> trainer =
        getContext()
            .spawn(
                Trainer.create(member, parts.trainer(), fromTrainers),
                "trainer-" + number + "-" + member.incarnation());
    getContext().watchWith(trainer, new TrainerStopped(number));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(TrainerSaid.class, this::onTrainerSaid)
        .onMessage(TrainerStopped.class, this::onTrainerStopped)
        .onMessage(Drain.class, drain -> onDrain())
        .onMessage(Ended.class, this::onEnded)
        .build();
  }

  private Behavior<Command> onTrainerSaid(TrainerSaid said) {
    coordinator.tell(new Coordinator.FromTrainer(said.event()));
    return this;
  }

  private Behavior<Command> onTrainerStopped(TrainerStopped stopped) {
    if (!ended) {
      spawn(stopped.number());
    }
    return this;
  }

  private Behavior<Command> onDrain() {
    coordinator.tell(Coordinator.Drain.INSTANCE);
    return this;
  }

  private Behavior<Command> onEnded(Ended end) {
    ended = true;
    parts.outcome().complete(end.outcome());
    // Stopping the guardian stops the trainers, which give their memory back.
    return Behaviors.stopped();
  }
}
