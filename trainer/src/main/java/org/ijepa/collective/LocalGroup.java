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

  /** Elements that each rank wants rounded. */
  private final long[] rounded;

  private final boolean[] taken;
  private final long timeoutNanos;

  private int arrived;
  private long round;

  /** Ranks that read or write the tensors of others at this moment. */
  private int touching;

  private String failure;

  /**
   * A group of {@code size} ranks.
   *
   * @param timeout how long a rank waits for the others within one call
   */
  public LocalGroup(int size, Duration timeout) {
    tensors = new FlatTensor[size];
    rounded = new long[size];
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

  private void show(int rank, FlatTensor tensor, long itsRounded) throws CollectiveException {
    lock.lock();
    try {
      tensors[rank] = tensor;
      rounded[rank] = itsRounded;
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
    for (long other : rounded) {
      if (other != itsRounded) {
        abort(other + " and " + itsRounded + " elements to round");
        failUnlocked();
      }
    }
  }

  /** A rank begins to read and write the tensors of others, unless the group has failed. */
  private void touch() throws CollectiveException {
    lock.lock();
    try {
      failIfAborted();
      touching++;
    } finally {
      lock.unlock();
    }
  }

  private void letGo() {
    lock.lock();
    try {
      touching--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Of a group that failed: waits for those that touch tensors, who leave off at once. */
  private void awaitUntouched() {
    lock.lock();
    try {
      while (touching > 0) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
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

  private interface Share {
    void run() throws CollectiveException;
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

    /**
     * Does a rank's share between two meetings. One that fails comes back only when nobody touches
     * its tensor any more: its owner may free it then.
     */
    private void together(FlatTensor tensor, long itsRounded, Share share)
        throws CollectiveException {
      if (tensors.length == 1) {
        failUnlocked();
        return;
      }
      try {
        show(rank, tensor, itsRounded);
        touch();
        try {
          share.run();
        } finally {
          letGo();
        }
        meet(rank);
      } catch (CollectiveException | RuntimeException e) {
        LocalGroup.this.abort("rank " + rank + " failed: " + e.getMessage());
        awaitUntouched();
        throw e;
      }
    }

    @Override
    public void allReduceSum(FlatTensor tensor, long toRound) throws CollectiveException {
      together(tensor, toRound, () -> sum(tensor.size(), toRound));
    }

    private void sum(long size, long toRound) throws CollectiveException {
      long from = size * rank / tensors.length;
      long to = size * (rank + 1) / tensors.length;
      float[] sum = new float[CHUNK];
      float[] other = new float[CHUNK];
      for (long at = from; at < to; at += CHUNK) {
        failUnlocked();
        int length = (int) Math.min(CHUNK, to - at);
        int halves = (int) Math.min(length, Math.max(0, toRound - at));
        tensors[0].read(at, length, (offset, window) -> window.get(0, sum, 0, length));
        Bfloat16.round(sum, halves);
        for (int r = 1; r < tensors.length; r++) {
          tensors[r].read(at, length, (offset, window) -> window.get(0, other, 0, length));
          Bfloat16.round(other, halves);
          for (int i = 0; i < length; i++) {
            sum[i] += other[i];
          }
          Bfloat16.round(sum, halves);
        }
        for (FlatTensor each : tensors) {
          each.write(at, length, (offset, window) -> window.put(0, sum, 0, length));
        }
      }
    }

    @Override
    public void broadcast(FlatTensor tensor, int root) throws CollectiveException {
      together(
          tensor,
          0,
          () -> {
            if (rank != root) {
              copy(tensors[root], tensor);
            }
          });
    }

    private void copy(FlatTensor from, FlatTensor to) throws CollectiveException {
      float[] values = new float[CHUNK];
      for (long at = 0; at < to.size(); at += CHUNK) {
        failUnlocked();
        int length = (int) Math.min(CHUNK, to.size() - at);
        from.read(at, length, (offset, window) -> window.get(0, values, 0, length));
        to.write(at, length, (offset, window) -> window.put(0, values, 0, length));
      }
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
