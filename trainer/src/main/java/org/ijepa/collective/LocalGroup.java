package org.ijepa.collective;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ijepa.kernel.FlatTensor;

/**
 * Collectives between trainers of one process: ranks meet, see each other's tensors, and each sums
 * or copies its own slice for all.
 */
public final class LocalGroup {
  private static final int CHUNK = 1 << 14;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final FlatTensor[] tensors;
  private final boolean[] taken;
  private final long timeoutNanos;

  private int arrived;
  private long round;
  private String failure;

  /**
   * A group of {@code size} ranks.
   *
   * @param timeout how long a rank waits for the others within one call
   */
  public LocalGroup(int size, Duration timeout) {
    tensors = new FlatTensor[size];
    taken = new boolean[size];
    timeoutNanos = timeout.toNanos();
  }

  /** The end of one rank, to be taken once. */
  public Collective join(int rank) {
    lock.lock();
    try {
      if (taken[rank]) {
        throw new IllegalStateException("rank " + rank + " has joined already");
      }
      taken[rank] = true;
      return new Local(rank);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the group for all ranks. */
  public void abort(String why) {
    lock.lock();
    try {
      if (failure == null) {
        failure = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until every rank has arrived. */
  private void meet(int rank) throws CollectiveException {
    lock.lock();
    try {
      failIfAborted();
      long mine = round;
      if (++arrived == tensors.length) {
        arrived = 0;
        round++;
        changed.signalAll();
        return;
      }
      long left = timeoutNanos;
      while (round == mine && failure == null) {
        if (left <= 0) {
          failure =
              "rank " + rank + " waited " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms";
          changed.signalAll();
          break;
        }
        left = changed.awaitNanos(left);
      }
      if (round == mine) {
        failIfAborted();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abort("rank " + rank + " was interrupted");
      throw new CollectiveException("rank " + rank + " was interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private void failIfAborted() throws CollectiveException {
    if (failure != null) {
      throw new CollectiveException(
          "collective of " + tensors.length + " trainers ended: " + failure);
    }
  }

  private void show(int rank, FlatTensor tensor) throws CollectiveException {
    lock.lock();
    try {
      tensors[rank] = tensor;
    } finally {
      lock.unlock();
    }
    meet(rank);
    for (FlatTensor other : tensors) {
      if (other.size() != tensor.size()) {
        abort("tensors of " + other.size() + " and " + tensor.size() + " elements");
        failUnlocked();
      }
    }
  }

  private void failUnlocked() throws CollectiveException {
    lock.lock();
    try {
      failIfAborted();
    } finally {
      lock.unlock();
    }
  }

  private final class Local implements Collective {
    private final int rank;

    Local(int rank) {
      this.rank = rank;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public int size() {
      return tensors.length;
    }

    @Override
    public void allReduceSum(FlatTensor tensor) throws CollectiveException {
      if (tensors.length == 1) {
        failUnlocked();
        return;
      }
      show(rank, tensor);
      long from = tensor.size() * rank / tensors.length;
      long to = tensor.size() * (rank + 1) / tensors.length;
      float[] sum = new float[CHUNK];
      float[] other = new float[CHUNK];
      for (long at = from; at < to; at += CHUNK) {
        int length = (int) Math.min(CHUNK, to - at);
        tensors[0].read(at, length, (offset, window) -> window.get(0, sum, 0, length));
        for (int r = 1; r < tensors.length; r++) {
          tensors[r].read(at, length, (offset, window) -> window.get(0, other, 0, length));
          for (int i = 0; i < length; i++) {
            sum[i] += other[i];
          }
        }
        for (FlatTensor each : tensors) {
          each.write(at, length, (offset, window) -> window.put(0, sum, 0, length));
        }
      }
      meet(rank);
    }

    @Override
    public void broadcast(FlatTensor tensor, int root) throws CollectiveException {
      if (tensors.length == 1) {
        failUnlocked();
        return;
      }
      show(rank, tensor);
      if (rank != root) {
        float[] values = new float[CHUNK];
        for (long at = 0; at < tensor.size(); at += CHUNK) {
          int length = (int) Math.min(CHUNK, tensor.size() - at);
          tensors[root].read(at, length, (offset, window) -> window.get(0, values, 0, length));
          tensor.write(at, length, (offset, window) -> window.put(0, values, 0, length));
        }
      }
      meet(rank);
    }

    @Override
    public void check() throws CollectiveException {
      failUnlocked();
    }

    @Override
    public void abort() {
      LocalGroup.this.abort("rank " + rank + " aborted");
    }

    @Override
    public void close() {
      // The group owns nothing but references; a rank that leaves early must not be waited for.
      abort();
    }
  }
}
