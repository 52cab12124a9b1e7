package org.ijepa.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.RecursiveAction;
import java.util.function.IntConsumer;

/**
 * Threads for independent parts of a computation. Parts must write to disjoint places and be cut
 * without regard to the number of threads: then results have the same bits with any number.
 */
final class Workers implements AutoCloseable {
  private final int threads;
  private final ForkJoinPool pool;

  Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads = " + threads + ": at least 1 is needed");
    }
    this.threads = threads;
    this.pool = threads == 1 ? null : new ForkJoinPool(threads);
  }

  /** Calls {@code part} with 0 to {@code parts} - 1, in any order, and waits for all. */
  void forEach(int parts, IntConsumer part) {
    if (threads == 1 || parts <= 1) {
      for (int i = 0; i < parts; i++) {
        part.accept(i);
      }
      return;
    }
    pool.invoke(new All(parts, part));
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
    }
  }

  private static final class All extends RecursiveAction {
    private static final long serialVersionUID = 1L;
    private final int parts;
    private final transient IntConsumer part;

    All(int parts, IntConsumer part) {
      this.parts = parts;
      this.part = part;
    }

    @Override
    protected void compute() {
      List<ForkJoinTask<?>> tasks = new ArrayList<>(parts);
      for (int i = 0; i < parts; i++) {
        int index = i;
        tasks.add(ForkJoinTask.adapt(() -> part.accept(index)));
      }
      ForkJoinTask.invokeAll(tasks);
    }
  }
}
