package org.ijepa.batch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who decodes which of the next samples, numbered in the order in which they are needed; pure, and
 * without a say in what a sample is. A worker takes the earliest sample that nobody has, up to its
 * limit. The trainer's own stages ({@link #OWN}) take over what others are late with, so that
 * nobody slows more than his own share. Of several that bring a sample the first is heard.
 */
final class WorkWindow {
  /** The trainer's own stages, which take as much as they ask for. */
  static final int OWN = 0;

  /** Weight of the newest in the mean of the times that the own stages take. */
  private static final double NEWEST = 0.1;

  private final int microBatch;
  private final Map<Integer, Worker> workers = new HashMap<>();
  private final TreeMap<Long, Sample> missing = new TreeMap<>();
  private final TreeSet<Long> waiting = new TreeSet<>();
  private int nextWorker = OWN + 1;
  private int capacity;

  /** Number of samples that came in, and of those that have gone on. */
  private long added;

  private long passed;
  private double ownNanos;

  /** A sample that is not there yet. */
  private static final class Sample {
    private final Set<Integer> holders = new HashSet<>();
    private long since;
    private boolean claimed;
  }

  private static final class Worker {
    private final int most;
    private final Map<Long, Long> holds = new HashMap<>();
    private int limit;

    Worker(int most) {
      this.most = most;
      limit = most;
    }
  }

  /**
   * An empty window.
   *
   * @param own samples that the own stages hold when they are full
   * @param microBatch samples that come in and go on together
   */
  WorkWindow(int own, int microBatch) {
    this.microBatch = microBatch;
    capacity = own;
    workers.put(OWN, new Worker(Integer.MAX_VALUE));
  }

  /** Somebody else wants to work, on up to {@code most} samples at a time; returns its number. */
  int join(int most) {
    workers.put(nextWorker, new Worker(most));
    capacity += most;
    return nextWorker++;
  }

  /** A worker is gone: what only it had is free again; returns how much it had in all. */
  int leave(int worker) {
    Worker gone = workers.remove(worker);
    if (gone == null) {
      return 0;
    }
    capacity -= gone.most;
    for (long id : gone.holds.keySet()) {
      Sample sample = missing.get(id);
      if (sample != null && sample.holders.remove(worker)) {
        // One that it is just bringing comes.
        if (sample.holders.isEmpty() && !sample.claimed) {
          waiting.add(id);
        }
      }
    }
    return gone.holds.size();
  }

  /** Whether a worker has come and not left. */
  boolean has(int worker) {
    return workers.containsKey(worker);
  }

  /** Whether a worker has a sample that it has not brought yet. */
  boolean holds(int worker, long id) {
    return workers.containsKey(worker) && workers.get(worker).holds.containsKey(id);
  }

  /** Whether another micro-batch may come in: memory is bounded, whoever is late. */
  boolean hasRoom() {
    long complete = (missing.isEmpty() ? added : missing.firstKey()) - passed;
    return missing.size() < capacity
        && complete < microBatch
        && added - passed < 2L * capacity + microBatch;
  }

  /** Whether somebody could work but for room: what comes after the window has no place. */
  boolean isHeld() {
    return waiting.isEmpty() && !hasRoom();
  }

  /** A micro-batch comes in; returns the number of its first sample. */
  long add() {
    long first = added;
    for (int i = 0; i < microBatch; i++) {
      missing.put(added, new Sample());
      waiting.add(added++);
    }
    return first;
  }

  /** The first micro-batch of the window, which is complete, has gone on. */
  void pass() {
    passed += microBatch;
  }

  /**
   * The next sample for a worker, if there is one for it.
   *
   * @param wanted whether the trainer will wait for what is missing
   */
  OptionalLong take(int worker, long nanoTime, boolean wanted) {
    Worker taker = workers.get(worker);
    if (taker == null || taker.holds.size() >= taker.limit) {
      return OptionalLong.empty();
    }
    OptionalLong id = OptionalLong.empty();
    if (!waiting.isEmpty()) {
      id = OptionalLong.of(waiting.pollFirst());
    } else if (worker == OWN && wanted) {
      id = late(nanoTime);
    }
    id.ifPresent(
        taken -> {
          Sample sample = missing.get(taken);
          if (sample.holders.isEmpty()) {
            sample.since = nanoTime;
          }
          sample.holders.add(worker);
          taker.holds.put(taken, nanoTime);
        });
    return id;
  }

  /** The first sample that the own stages would have had by now, had they begun when others did. */
  private OptionalLong late(long nanoTime) {
    for (Map.Entry<Long, Sample> entry : missing.entrySet()) {
      Sample sample = entry.getValue();
      if (sample.claimed || sample.holders.contains(OWN)) {
        continue;
      }
      return nanoTime - sample.since > ownNanos
          ? OptionalLong.of(entry.getKey())
          : OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  /** Whether others have a sample, too, so that its place may be filled meanwhile. */
  boolean isShared(long id) {
    Sample sample = missing.get(id);
    return sample == null || sample.claimed || sample.holders.size() > 1;
  }

  /**
   * A worker brings a sample: whether it is the first and may fill its place, after which {@link
   * #fill} follows. One that keeps being late gets less.
   */
  boolean claim(int worker, long id, long nanoTime) {
    Worker by = workers.get(worker);
    if (!holds(worker, id)) {
      return false;
    }
    long since = by.holds.remove(id);
    Sample sample = missing.get(id);
    boolean first = sample != null && !sample.claimed;
    if (first) {
      sample.claimed = true;
    }
    if (worker != OWN) {
      by.limit = first ? Math.min(by.most, by.limit + 1) : Math.max(1, by.limit / 2);
    } else {
      double nanos = nanoTime - since;
      ownNanos = ownNanos == 0 ? nanos : (1 - NEWEST) * ownNanos + NEWEST * nanos;
    }
    return first;
  }

  /** The place of a claimed sample is filled. */
  void fill(long id) {
    missing.remove(id);
  }
}
