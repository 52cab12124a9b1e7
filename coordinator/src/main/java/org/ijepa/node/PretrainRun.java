package org.ijepa.node;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.node.NodePreparation.Prepared;
import org.ijepa.settings.ClusterSettings;
import org.ijepa.settings.Settings;
import org.ijepa.trainer.StepProbe;

/** A pretraining run on this node, from settings to outcome. */
public final class PretrainRun implements AutoCloseable {
  private final ClusterSettings cluster;
  private final NodePreparation preparation;
  private final CompletableFuture<RunOutcome> outcome = new CompletableFuture<>();
  private final CompletableFuture<Prepared> prepared = new CompletableFuture<>();
  private final Thread preparing = new Thread(this::tryToPrepare, "preparation");
  private volatile ActorSystem<Node.Command> node;
  private volatile boolean stopRequested;

  /**
   * Opens the run folder; nothing runs yet.
   *
   * @param out the run folder; one that holds a run goes on with it
   * @param listener hears of steps and events
   * @throws IOException if the folder cannot be written
   */
  public PretrainRun(Settings settings, Path out, RunListener listener, StepProbe probe)
      throws IOException {
    this(
        settings.cluster(),
        new NodePreparation(settings, out, listener, probe, trial -> trial::run));
  }

  /** As above, of what is prepared otherwise. */
  PretrainRun(ClusterSettings cluster, NodePreparation preparation) {
    this.cluster = cluster;
    this.preparation = preparation;
  }

  /**
   * Stops after the step in flight, with a checkpoint, or at once while nothing is trained yet;
   * {@link #run} then returns.
   */
  public void requestStop() {
    stopRequested = true;
    // Before the first step the world may keep us waiting for long.
    prepared.complete(
        new Prepared.Ended(
            new RunOutcome(ExitCode.INTERRUPTED, 0, "interrupted before a step was made")));
    ActorSystem<Node.Command> running = node;
    if (running != null) {
      running.tell(Node.Drain.INSTANCE);
    }
  }

  /** Runs to the end, to a stop, or to a failure. */
  public RunOutcome run() throws IOException, InterruptedException {
    preparing.setDaemon(true);
    preparing.start();
    Prepared ready = await(prepared);
    if (ready instanceof Prepared.Ended ended) {
      return ended.outcome();
    }
    RunOutcome end = runNode(((Prepared.Ready) ready).parts());
    preparation.noteCache();
    return end;
  }

  private void tryToPrepare() {
    try {
      prepared.complete(preparation.prepare(outcome));
    } catch (IOException | RuntimeException | Error e) {
      prepared.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      prepared.completeExceptionally(e);
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Whether this node has led the run, and so written into the run folder. */
  public boolean led() {
    return preparation.led();
  }

  private RunOutcome runNode(Node.Parts parts) throws InterruptedException {
    node = ActorSystem.create(Node.create(parts), cluster.name(), ClusterConfig.of(cluster));
    if (stopRequested) {
      node.tell(Node.Drain.INSTANCE);
    }
    Cluster self = Cluster.get(node);
    // Out of the cluster, whether or not the rest of the system then ends.
    CoordinatedShutdown.get(node)
        .addTask(
            CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
            "outcome",
            () -> {
              outcome.complete(endedWithoutWord(self));
              return CompletableFuture.completedFuture(Done.done());
            });
    node.getWhenTerminated()
        .whenComplete((done, failure) -> outcome.complete(endedWithoutWord(self)));
    try {
      RunOutcome end = outcome.get();
      Services.awaitEnd(node, Services.END_LIMIT);
      return end;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an outcome is never a failure", e);
    }
  }

  /** A system that ends by itself has been removed from its cluster, has left it, or has failed. */
  private RunOutcome endedWithoutWord(Cluster self) {
    MemberStatus status = self.selfMember().status();
    boolean in = status.equals(MemberStatus.up()) || status.equals(MemberStatus.joining());
    if (in) {
      return new RunOutcome(
          ExitCode.INTERNAL_ERROR, 0, "the actor system ended without an outcome");
    }
    return stopRequested
        ? new RunOutcome(
            ExitCode.INTERRUPTED, 0, "this node has left the run; the other nodes go on")
        : RunOutcome.removed();
  }

  @Override
  public void close() throws IOException {
    preparation.close();
  }
}
