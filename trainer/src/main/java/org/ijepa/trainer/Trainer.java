package org.ijepa.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.trainer.WatchedThread.Hanging;

/**
 * The control side of a trainer: speaks the step protocol and always answers, while its {@link
 * TrainerWorker} computes. States and transitions are those of {@link MemberProtocol}.
 *
 * <p>A trainer whose worker fails says so and stops; its node starts a new one, with a new
 * incarnation, which gets its state from a survivor or from the last checkpoint. One whose input
 * alone fails stays: it has the state of the last commit, which may be what is to be saved. One
 * whose worker hangs says so and hears no more: its process cannot have another one, and ends.
 */
public final class Trainer extends AbstractBehavior<Trainer.Command> {
  /** Name of the log's context in which lines of a trainer's threads have its rank. */
  public static final String RANK = "rank";

  private static final Duration TICK = Duration.ofMillis(500);
  private static final long STOP_SECONDS = 60;

  /** Messages to a trainer. */
  public sealed interface Command {}

  /** What the coordinator says. */
  public record FromCoordinator(ToMember message) implements Command {}

  private record Happened(MemberEvent event) implements Command {}

  private record WorkerFailed(Throwable failure) implements Command {}

  private record FindingMade(Finding finding) implements Command {}

  private enum Tick implements Command {
    INSTANCE
  }

  /** What a trainer says. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Registered.class, name = "registered"),
    @JsonSubTypes.Type(value = Says.class, name = "says"),
    @JsonSubTypes.Type(value = Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = Hung.class, name = "hung"),
    @JsonSubTypes.Type(value = Found.class, name = "found")
  })
  public sealed interface Event {}

  /**
   * The trainer is there; said again and again.
   *
   * @param node that it lives on, as the cluster knows it
   */
  public record Registered(MemberId member, long node, ActorRef<Command> trainer)
      implements Event {}

  /** A message of the step protocol. */
  public record Says(FromMember message) implements Event {}

  /**
   * The trainer cannot go on and stops.
   *
   * @param exitCode with which the run has to end, where a new trainer would fail as well
   */
  public record Failed(MemberId member, String reason, Optional<ExitCode> exitCode)
      implements Event {}

  /**
   * The trainer's worker has come no further for longer than it may take, and cannot be ended
   * within its process, which must end.
   *
   * @param reason what it hangs at
   */
  public record Hung(MemberId member, String reason) implements Event {}

  /** Rank 0 looked at its replica after a step. */
  public record Found(MemberId member, Finding finding) implements Event {}

  private final MemberId self;
  private final long node;
  private final MemberProtocol protocol;
  private final TrainerWorker worker;
  private final ActorRef<Event> coordinator;
  private final Patience patience;

  /** In the generation that was joined last. */
  private Optional<String> rank = Optional.empty();

  private Trainer(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      MemberId self,
      long node,
      TrainerParts parts,
      ActorRef<Event> coordinator) {
    super(context);
    this.self = self;
    this.node = node;
    this.coordinator = coordinator;
    patience = parts.patience();
    protocol = new MemberProtocol(self);
    worker = new TrainerWorker(self, parts, listener(context.getSelf()));
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
    register();
  }

  /**
   * A trainer that reports to {@code coordinator}.
   *
   * @param node that it lives on, as the cluster knows it
   */
  public static Behavior<Command> create(
      MemberId self, long node, TrainerParts parts, ActorRef<Event> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  Trainer trainer = new Trainer(context, timers, self, node, parts, coordinator);
                  return Behaviors.withMdc(Command.class, message -> trainer.mdc(), trainer);
                }));
  }

  /** For the log. */
  private Map<String, String> mdc() {
    return rank.map(its -> Map.of(RANK, its)).orElse(Map.of());
  }

  private static TrainerWorker.Listener listener(ActorRef<Command> to) {
    return new TrainerWorker.Listener() {
      @Override
      public void happened(MemberEvent event) {
        to.tell(new Happened(event));
      }

      @Override
      public void failed(Throwable failure) {
        to.tell(new WorkerFailed(failure));
      }

      @Override
      public void found(Finding finding) {
        to.tell(new FindingMade(finding));
      }

      @Override
      public void tensorsWritten(
          CheckpointName name, List<Manifest.FileEntry> tensors, CheckpointSeconds took) {
        to.tell(new Happened(new MemberEvent.TensorsStored(name, tensors, took)));
      }

      @Override
      public void checkpointFailed(CheckpointName name, Throwable failure) {
        to.tell(
            new Happened(
                new MemberEvent.TensorsNotStored(name, String.valueOf(failure.getMessage()))));
      }
    };
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FromCoordinator.class, this::onCoordinator)
        .onMessage(Happened.class, this::onHappened)
        .onMessage(WorkerFailed.class, this::onWorkerFailed)
        .onMessage(FindingMade.class, this::onFinding)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private void register() {
    coordinator.tell(new Registered(self, node, getContext().getSelf()));
  }

  private Behavior<Command> onCoordinator(FromCoordinator said) {
    return react(new MemberEvent.Received(said.message()));
  }

  private Behavior<Command> onHappened(Happened happened) {
    return react(happened.event());
  }

  private Behavior<Command> onTick(Tick tick) {
    Optional<Hanging> hanging = worker.look(patience.looks(TICK));
    if (hanging.isPresent()) {
      return onHung(hanging.get());
    }
    register();
    return react(new MemberEvent.Tick());
  }

  private Behavior<Command> onHung(Hanging hanging) {
    String reason =
        rank.map(its -> "rank " + its).orElse("it")
            + " has not moved for "
            + patience.text(hanging.standstill());
    getContext().getLog().warn("trainer {} hangs at{}", self.name(), hanging.place());
    coordinator.tell(new Hung(self, reason));
    worker.stop();
    // The word goes by way of the node: whoever watches this actor would hear of its end before.
    return Behaviors.ignore();
  }

  private Behavior<Command> react(MemberEvent event) {
    for (MemberEffect effect : protocol.on(event)) {
      if (effect instanceof MemberEffect.Send send) {
        coordinator.tell(new Says(send.message()));
      } else if (effect instanceof MemberEffect.AbortCollective) {
        worker.abandon();
      } else if (effect instanceof MemberEffect.Join join) {
        rank = Optional.of(String.valueOf(join.rank()));
        worker.join(join.form(), join.rank());
      } else if (effect instanceof MemberEffect.RunStep run) {
        worker.runStep(run.generation(), run.step());
      } else if (effect instanceof MemberEffect.Apply apply) {
        worker.apply(apply.plan());
      } else if (effect instanceof MemberEffect.StartCheckpoint start) {
        worker.checkpoint(CheckpointName.parse(start.name()).orElseThrow());
      }
    }
    return this;
  }

  private Behavior<Command> onWorkerFailed(WorkerFailed failed) {
    getContext().getLog().debug("trainer {} failed", self, failed.failure());
    coordinator.tell(
        failed.failure() instanceof Failure known
            ? new Failed(self, known.line(), Optional.of(known.exitCode()))
            : new Failed(self, String.valueOf(failed.failure()), Optional.empty()));
    return Behaviors.stopped();
  }

  private Behavior<Command> onFinding(FindingMade made) {
    coordinator.tell(new Found(self, made.finding()));
    return this;
  }

  private Behavior<Command> onStop() {
    worker.stop();
    try {
      if (!worker.awaitStop(STOP_SECONDS)) {
        getContext().getLog().warn("trainer {} still computes while it is stopped", self.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return this;
  }
}
