package org.ijepa.trainer;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Future;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.Manifest;
import org.ijepa.kernel.Kernels;
import org.ijepa.replica.Replica;
import org.ijepa.replica.ReplicaState;
import org.ijepa.trainer.StepProbe.Point;
import org.ijepa.trainer.TrainerWorker.Listener;

/**
 * A replica's state as a checkpoint gets it, in host memory, and the thread that writes it while
 * the replica trains on. Used by the replica's thread.
 */
final class CheckpointCopy implements AutoCloseable {
  private final WatchedThread writer;
  private final MemberId member;
  private final TrainerParts parts;
  private final Replica replica;
  private final Listener listener;

  /** From the first checkpoint on; many a replica never writes one. */
  private ReplicaState copy;

  /** A copy that nothing was written to yet. */
  CheckpointCopy(
      WatchedThread writer,
      MemberId member,
      TrainerParts parts,
      Replica replica,
      Listener listener) {
    this.writer = writer;
    this.member = member;
    this.parts = parts;
    this.replica = replica;
    this.listener = listener;
  }

  /**
   * Copies the state, and lets it be written, of which the listener hears.
   *
   * @param dueNanos since when training waits for the copy
   * @return done once the copy is written, or could not be; until then there is no other
   */
  Future<?> take(CheckpointName name, long dueNanos) {
    if (copy == null) {
      copy = replica.emptyState();
    }
    replica.copyState(copy);
    long copied = System.nanoTime();
    double stall = (copied - dueNanos) * 1e-9;
    parts.probe().at(Point.CHECKPOINT_COPIED, member, name.step());
    return writer.submit(
        () -> {
          write(name, copied, stall);
          return null;
        });
  }

  private void write(CheckpointName name, long copied, double stall) {
    try {
      Runnable moved = () -> writer.pulse().asksStore("writing " + name);
      moved.run();
      Kernels.prepareThread(1);
      List<Manifest.FileEntry> tensors =
          parts.checkpoints().writeTensors(name, parts.geometry(), copy, moved);
      double write = (System.nanoTime() - copied) * 1e-9;
      listener.tensorsWritten(name, tensors, new CheckpointSeconds(stall, write));
    } catch (IOException | RuntimeException e) {
      listener.checkpointFailed(name, e);
    }
  }

  /** Once nothing is written any more. */
  @Override
  public void close() {
    if (copy != null) {
      copy.close();
    }
  }
}
