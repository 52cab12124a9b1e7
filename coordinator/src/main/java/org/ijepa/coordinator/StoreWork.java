package org.ijepa.coordinator;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.coordinator.CoordinatorEvent.ClaimRefused;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.settings.CheckpointSettings;

/**
 * The coordinator's dealings with the checkpoint store, which block and therefore run elsewhere.
 */
final class StoreWork {
  private static final long END_SECONDS = 5;

  private final CheckpointStore checkpoints;
  private final CheckpointSettings settings;
  private final String claimant;
  private final Executor blocking;
  private CompletableFuture<Optional<SignOfLife>> shown =
      CompletableFuture.completedFuture(Optional.empty());
  private CompletableFuture<CheckpointName> completed = CompletableFuture.completedFuture(null);
  private CompletableFuture<Void> pruned = CompletableFuture.completedFuture(null);
  private final AtomicReference<Throwable> notPruned = new AtomicReference<>();

  StoreWork(CoordinatorParts parts, Executor blocking) {
    checkpoints = parts.checkpoints();
    settings = parts.settings().checkpoint();
    claimant = parts.claimant();
    this.blocking = blocking;
  }

  /** Claims a generation's number. */
  CompletableFuture<CoordinatorEvent> claim(long generation) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return checkpoints.marks().claim(generation, claimant)
                ? new Claimed(generation, checkpoints.complete())
                : new ClaimRefused(checkpoints.marks().newestGeneration());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
          }
        },
        blocking);
  }

  /** Leaves a sign of life, unless another cluster has overtaken this one: then its own comes. */
  CompletableFuture<Optional<SignOfLife>> showLife(SignOfLife own) {
    shown =
        CompletableFuture.supplyAsync(
            () -> {
              Optional<SignOfLife> rival =
                  checkpoints.marks().sign().flatMap(SignOfLife::parse).filter(own::isOvertakenBy);
              if (rival.isEmpty()) {
                checkpoints.marks().writeSign(own.text());
              }
              return rival;
            },
            blocking);
    return shown;
  }

  /** Takes the sign away, after the last one; false if the store does not let it, or not soon. */
  boolean endLife() {
    try {
      shown
          .handle((rival, failure) -> rival)
          .thenRunAsync(checkpoints.marks()::removeSign, blocking)
          .get(END_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Deletes the checkpoints of later steps; the newest one left, or empty if all are later. */
  CompletableFuture<Optional<CheckpointName>> rollBack(long step) {
    return CompletableFuture.supplyAsync(() -> checkpoints.rollBack(step), blocking);
  }

  /**
   * Completes a checkpoint whose tensors are stored, after the one before, so that the end of a run
   * is not told of before it.
   */
  CompletableFuture<CheckpointName> complete(
      CheckpointName name,
      List<Manifest.FileEntry> tensors,
      List<LedgerSegment> ledger,
      byte[] state) {
    completed =
        completed
            .exceptionally(failure -> null)
            .thenApplyAsync(
                before -> {
                  checkpoints.complete(name, tensors, ledger, state);
                  return name;
                },
                blocking);
    return completed;
  }

  /**
   * Deletes the checkpoints that need not be kept, after the last deletion, so that nothing is
   * deleted twice; what fails is tried again the next time.
   */
  CompletableFuture<Void> prune() {
    pruned =
        pruned
            .exceptionally(failure -> null)
            .thenRunAsync(
                () ->
                    checkpoints.prune(
                        settings.keepLast(), settings.keepEvery(), settings.keepBest()),
                blocking)
            .whenComplete((done, failure) -> notPruned.set(failure));
    return pruned;
  }

  /** Why the last deletion failed, if it did and that was not asked yet. */
  Optional<Throwable> pruneFailure() {
    return Optional.ofNullable(notPruned.getAndSet(null));
  }

  /** As above, once it has come to its end, or had a while to. */
  Optional<Throwable> endPrune() {
    try {
      pruned.get(END_SECONDS, TimeUnit.SECONDS);
      return Optional.empty();
    } catch (ExecutionException e) {
      return pruneFailure();
    } catch (TimeoutException e) {
      return Optional.of(new TimeoutException("not done after " + END_SECONDS + " s"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
