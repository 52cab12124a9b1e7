package org.ijepa.coordinator;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.coordinator.CoordinatorEvent.CheckpointComplete;
import org.ijepa.coordinator.CoordinatorEvent.ClaimRefused;
import org.ijepa.coordinator.CoordinatorEvent.Claimed;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.settings.CheckpointSettings;

/**
 * The coordinator's dealings with the checkpoint store, which block and therefore run elsewhere.
 */
final class StoreWork {
  private final CheckpointStore checkpoints;
  private final CheckpointSettings settings;
  private final String claimant;
  private final Executor blocking;

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
            return checkpoints.claim(generation, claimant)
                ? new Claimed(generation, checkpoints.complete())
                : new ClaimRefused(checkpoints.newestGeneration());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
          }
        },
        blocking);
  }

  /** Completes a checkpoint whose tensors are stored, then deletes what need not be kept. */
  CompletableFuture<CoordinatorEvent> complete(
      CheckpointName name,
      List<Manifest.FileEntry> tensors,
      List<LedgerSegment> ledger,
      byte[] state) {
    return CompletableFuture.supplyAsync(
        () -> {
          checkpoints.complete(name, tensors, ledger, state);
          checkpoints.prune(settings.keepLast(), settings.keepEvery(), settings.keepBest());
          return new CheckpointComplete(name);
        },
        blocking);
  }
}
