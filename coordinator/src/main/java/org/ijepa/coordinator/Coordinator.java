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
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.coordinator.CoordinatorEffect.Claim;
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
import org.ijepa.run.StepMetrics;
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
  private static final Duration TICK = Duration.ofMillis(500);

  /** Messages to the coordinator. */
  public sealed interface Command {}

  /** What a trainer says. */
  public record FromTrainer(Trainer.Event event) implements Command {}

  /** Stop after the step in flight, with a checkpoint. */
  public enum Drain implements Command {
    INSTANCE
  }

  private record StoreSaid(CoordinatorEvent event) implements Command {}

  private record Broken(Throwable failure) implements Command {}

  private record TrainerGone(MemberId member) implements Command {}

  private enum Tick implements Command {
    INSTANCE
  }

  private final CoordinatorParts parts;
  private final CoordinatorProtocol protocol;
  private final RunStory story;
  private final ActorRef<RunOutcome> parent;
  private final Map<MemberId, ActorRef<Trainer.Command>> trainers = new HashMap<>();
  private final Map<String, String> words = new HashMap<>();
  private final Executor blocking;

  private Coordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CoordinatorParts parts,
      ActorRef<RunOutcome> parent)
      throws IOException {
    super(context);
    this.parts = parts;
    this.parent = parent;
    blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    List<CheckpointName> complete = parts.checkpoints().complete();
    protocol =
        new CoordinatorProtocol(
            parts.plan(),
            parts.settings().cluster().minTrainers(),
            parts.maxTrainerFailures(),
            complete,
            parts.checkpoints().newestGeneration());
    story = new RunStory(parts.folder(), parts.ledger(), parts.index(), parts.meaning());
    if (complete.isEmpty()) {
      story.begin();
    } else {
      take(complete.get(complete.size() - 1));
    }
    timers.startTimerWithFixedDelay(Tick.INSTANCE, TICK);
  }

  /** A coordinator that tells {@code parent} how the run ended. */
  public static Behavior<Command> create(CoordinatorParts parts, ActorRef<RunOutcome> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  try {
                    return new Coordinator(context, timers, parts, parent);
                  } catch (IOException | RuntimeException e) {
                    parent.tell(outcome(e, 0));
                    return Behaviors.stopped();
                  }
                }));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(FromTrainer.class, this::onTrainer)
        .onMessage(StoreSaid.class, said -> react(said.event()))
        .onMessage(Tick.class, tick -> react(new CoordinatorEvent.Tick()))
        .onMessage(Drain.class, drain -> react(new CoordinatorEvent.Drain(Stop.INTERRUPTED)))
        .onMessage(TrainerGone.class, this::onTrainerGone)
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

  private Behavior<Command> onRegistered(Trainer.Registered registered) {
    if (!trainers.containsKey(registered.member())) {
      trainers.put(registered.member(), registered.trainer());
      getContext().watchWith(registered.trainer(), new TrainerGone(registered.member()));
    }
    return react(new CoordinatorEvent.Registered(registered.member()));
  }

  private Behavior<Command> onFailed(Trainer.Failed failed) {
    if (failed.failure() instanceof Failure failure) {
      // What the user has to mend is not mended by starting the trainer again.
      parts.listener().noted(failure.getMessage());
      return end(outcome(failure, protocol.step()));
    }
    return react(
        new CoordinatorEvent.MemberFailed(failed.member(), String.valueOf(failed.failure())));
  }

  private Behavior<Command> onTrainerGone(TrainerGone gone) {
    ActorRef<Trainer.Command> trainer = trainers.remove(gone.member());
    boolean here = trainer != null && trainer.path().address().hasLocalScope();
    return react(
        here
            ? new CoordinatorEvent.MemberFailed(gone.member(), "its actor stopped")
            : new CoordinatorEvent.MemberRemoved(gone.member().name()));
  }

  private Behavior<Command> react(CoordinatorEvent event) {
    Behavior<Command> next = this;
    for (CoordinatorEffect effect : protocol.on(event)) {
      try {
        if (run(effect)) {
          next = Behaviors.stopped();
        }
      } catch (IOException | RuntimeException e) {
        // A coordinator that could not do what it decided must not go on as if it had.
        return end(outcome(e, protocol.step()));
      }
    }
    return next;
  }

  /** Carries an effect out; true if the run is over. */
  private boolean run(CoordinatorEffect effect) throws IOException {
    if (effect instanceof Claim claim) {
      claim(claim.generation());
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
      parent.tell(outcome(finished));
      return true;
    } else if (effect instanceof Fail fail) {
      parent.tell(new RunOutcome(ExitCode.TRAINING_FAILED, protocol.step(), fail.reason()));
      return true;
    }
    return false;
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

  private Behavior<Command> end(RunOutcome outcome) {
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
    story.close();
    return this;
  }
}
