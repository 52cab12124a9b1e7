package org.ijepa.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;

/**
 * Sums a gradient over ranks part by part, all ranks in the same calls. Where tensors lie in host
 * memory, that is done on a thread of its own while the one that uses it computes the parts that
 * follow. On a GPU it is done at the end: there a part is complete for nobody before the device has
 * done all that it was told, which comes later.
 */
final class GradientSum implements AutoCloseable {
  private final List<FlatTensor> parts;
  private final long exact;
  private final boolean rounds;
  private final Optional<WatchedThread> thread;
  private final List<Future<?>> sums = new ArrayList<>();

  /**
   * Sums nothing yet.
   *
   * @param name of its thread; none on a GPU
   * @param parts in the order in which they are complete
   * @param exact elements, the last ones of the last part, that are summed in float32
   * @param rounds whether all others are rounded ({@link Collective#allReduceSum(FlatTensor,
   *     long)})
   */
  GradientSum(Optional<String> name, List<FlatTensor> parts, long exact, boolean rounds) {
    this.parts = List.copyOf(parts);
    this.exact = exact;
    this.rounds = rounds;
    thread = name.map(WatchedThread::new);
    thread.ifPresent(its -> its.execute(() -> Kernels.prepareThread(1)));
  }

  /** Before the gradient of a step is computed: nobody sums that of another any more. */
  void begin() throws InterruptedException {
    settle();
    sums.clear();
  }

  /** The next part is complete, and is the collective's until {@link #finish} has returned. */
  void completed(Collective collective) {
    int part = sums.size();
    thread.ifPresent(
        its ->
            sums.add(
                its.submit(
                    () -> {
                      sum(collective, part);
                      return null;
                    })));
  }

  private void sum(Collective collective, int part) throws CollectiveException {
    FlatTensor tensor = parts.get(part);
    long last = part == parts.size() - 1 ? exact : 0;
    collective.allReduceSum(tensor, rounds ? tensor.size() - last : 0);
  }

  /** All parts are complete: returns once all are summed. */
  void finish(Collective collective) throws CollectiveException, InterruptedException {
    Optional<ExecutionException> failed = settle();
    if (failed.isPresent()) {
      if (failed.get().getCause() instanceof CollectiveException failure) {
        throw failure;
      }
      throw TrainerWorker.unchecked(failed.get());
    }
    for (int part = sums.size(); part < parts.size(); part++) {
      sum(collective, part);
    }
  }

  /** Waits until the thread touches the gradient no more; what failed first, if anything did. */
  private Optional<ExecutionException> settle() throws InterruptedException {
    Optional<ExecutionException> first = Optional.empty();
    for (Future<?> sum : sums) {
      try {
        sum.get();
      } catch (ExecutionException e) {
        first = first.or(() -> Optional.of(e));
      }
    }
    return first;
  }

  /** Of a gradient that nobody sums any more, or in collectives that end. */
  @Override
  public void close() {
    thread.ifPresent(WatchedThread::shutdown);
    try {
      settle();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
