package org.ijepa.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.collective.LocalGroup;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.Kernels.Operators;
import org.ijepa.parity.ParityCase.RecordedStep;
import org.ijepa.replica.Recipe;
import org.ijepa.replica.Replica;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;

/**
 * Replays a recorded case with W trainers and micro-batches of a given size, in float32, and
 * compares everything that was recorded.
 */
public final class ParityReplay {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final ParityCase recorded;
  private final int microBatch;
  private final int trainers;
  private final int threads;
  private final Operators operators;

  private ParityReplay(
      ParityCase recorded, int microBatch, int trainers, int threads, Operators operators) {
    this.recorded = recorded;
    this.microBatch = microBatch;
    this.trainers = trainers;
    this.threads = threads;
    this.operators = operators;
  }

  /**
   * Replays the case in {@code folder}.
   *
   * @param microBatch images of a micro-batch, or 0 for whole groups
   * @param trainers number of replicas that share each step's micro-batches
   * @param threads OpenMP threads of each trainer
   * @throws IOException if the case cannot be read
   * @throws IllegalArgumentException if the micro-batch does not divide a group
   */
  public static ParityReport run(Path folder, int microBatch, int trainers, int threads)
      throws IOException {
    return run(folder, microBatch, trainers, threads, Operators.OF_DEVICE);
  }

  /** As above, with other operators of the engine than those that serve the device best. */
  static ParityReport run(
      Path folder, int microBatch, int trainers, int threads, Operators operators)
      throws IOException {
    ParityCase recorded = ParityCase.read(folder);
    return new ParityReplay(recorded, microBatch, trainers, threads, operators).run();
  }

  private ParityReport run() throws IOException {
    ParityComparison comparison = new ParityComparison(recorded);
    LocalGroup group = new LocalGroup(trainers, TIMEOUT);
    ExecutorService pool = Executors.newFixedThreadPool(trainers);
    try {
      List<Future<?>> ranks = new ArrayList<>();
      for (int rank = 0; rank < trainers; rank++) {
        Collective collective = group.join(rank);
        ranks.add(
            pool.submit(
                () -> {
                  // Closing ends the group, so that no other rank waits for one that failed.
                  try (collective) {
                    replay(collective, comparison);
                  }
                  return null;
                }));
      }
      for (Future<?> rank : ranks) {
        await(rank);
      }
    } finally {
      pool.shutdownNow();
    }
    return comparison.report();
  }

  private static void await(Future<?> rank) throws IOException {
    try {
      rank.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException io) {
        throw io;
      }
      if (cause instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      throw new IllegalStateException("replay failed: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("replay was interrupted", e);
    }
  }

  /** One rank's part; rank 0 compares. */
  private void replay(Collective collective, ParityComparison comparison)
      throws IOException, CollectiveException {
    Kernels.prepareThread(threads);
    Path folder = recorded.folder();
    boolean compares = collective.rank() == 0;
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        SafetensorsFile initial = SafetensorsFile.open(folder.resolve("initial.safetensors"));
        Replica replica = new Replica(manager, recorded.geometry(), options())) {
      load(replica, initial);
      List<RecordedStep> steps = recorded.steps();
      for (int k = 0; k < steps.size(); k++) {
        replica.beginStep();
        List<MicroBatch> share = share(initial, steps.get(k).batch(), collective);
        double loss = 0;
        for (MicroBatch part : share) {
          loss += accumulate(replica, manager, part, k == 0 ? comparison : null);
        }
        replica.gradient().set(replica.state().layout().size(), (float) loss);
        collective.allReduceSum(replica.gradient());
        if (compares) {
          comparison.step(k, replica.gradient().get(replica.state().layout().size()));
          comparison.gradient(k, replica);
        }
        Recipe recipe = recipe(k);
        replica.update(recipe);
        replica.moveTarget(recipe);
      }
      if (compares) {
        comparison.weights(replica, initial);
      }
    }
  }

  private Replica.Options options() {
    int channels = recorded.geometry().channels();
    List<Float> zeros = java.util.Collections.nCopies(channels, 0f);
    List<Float> ones = java.util.Collections.nCopies(channels, 1f);
    Kernels.Options kernels = new Kernels.Options(false, false, operators);
    return new Replica.Options(kernels, zeros, ones, recorded.betas(), 1);
  }

  private Recipe recipe(int step) {
    return new Recipe(
        recorded.schedules().learningRate(step),
        recorded.schedules().weightDecay(step),
        recorded.schedules().emaMomentum(step),
        1);
  }

  private static void load(Replica replica, SafetensorsFile initial) throws IOException {
    for (Parameter parameter : replica.state().layout().parameters()) {
      initial.readFloats(
          parameter.qualifiedName(),
          (offset, values, count) ->
              replica
                  .state()
                  .weights()
                  .write(
                      parameter.offset() + offset,
                      count,
                      (at, window) -> window.put(0, values, 0, count)));
      if (parameter.network() == Network.ENCODER) {
        long place = replica.state().layout().targetOffset(parameter);
        initial.readFloats(
            "target_encoder." + parameter.name(),
            (offset, values, count) ->
                replica
                    .state()
                    .target()
                    .write(place + offset, count, (at, window) -> window.put(0, values, 0, count)));
      }
    }
    replica.stateChanged();
  }

  /**
   * Consecutive images of one group.
   *
   * @param first first image within the group
   * @param count images
   * @param weight of its mean loss in the step's loss
   */
  private record MicroBatch(GroupTensors tensors, int group, int first, int count, double weight) {}

  /** A group's inputs: images [B, C, S, S], context [B, K], targets [M, B, T]. */
  private record GroupTensors(Tensor images, Tensor context, Tensor targets) {
    int size() {
      return context.extent(0);
    }
  }

  private static final class Tensor {
    private final List<Long> shape;
    private final float[] floats;
    private final long[] longs;

    Tensor(List<Long> shape, float[] floats, long[] longs) {
      this.shape = shape;
      this.floats = floats;
      this.longs = longs;
    }

    int extent(int dimension) {
      return shape.get(dimension).intValue();
    }
  }

  /** This rank's micro-batches: a contiguous run of all of the step's, as even as possible. */
  private List<MicroBatch> share(SafetensorsFile initial, int batch, Collective collective)
      throws IOException {
    List<MicroBatch> all = new ArrayList<>();
    for (int q = 0; q < recorded.groups(); q++) {
      String name = "batch." + batch + "." + q + ".";
      GroupTensors group =
          new GroupTensors(
              floats(initial, name + "images"),
              longs(initial, name + "context_mask"),
              longs(initial, name + "target_masks"));
      int size = group.size();
      int count = microBatch == 0 ? size : microBatch;
      if (size % count != 0) {
        throw new IllegalArgumentException(
            "micro-batch " + count + " does not divide the recorded group of " + size + " images");
      }
      for (int first = 0; first < size; first += count) {
        double weight = (double) count / size / recorded.groups();
        all.add(new MicroBatch(group, q, first, count, weight));
      }
    }
    int from = all.size() * collective.rank() / collective.size();
    int to = all.size() * (collective.rank() + 1) / collective.size();
    return all.subList(from, to);
  }

  private static Tensor floats(SafetensorsFile file, String name) throws IOException {
    return new Tensor(file.shape(name), file.floats(name), new long[0]);
  }

  private static Tensor longs(SafetensorsFile file, String name) throws IOException {
    return new Tensor(file.shape(name), new float[0], file.longs(name));
  }

  private static double accumulate(
      Replica replica, NDManager manager, MicroBatch part, ParityComparison comparison)
      throws IOException {
    try (PtNDManager step = (PtNDManager) manager.newSubManager()) {
      NDArray images = rows(step, part.tensors().images(), part.first(), part.count());
      NDArray context = rows(step, part.tensors().context(), part.first(), part.count());
      NDArray targets = columns(step, part.tensors().targets(), part.first(), part.count());
      NDArray patches = replica.kernels().patchesOfPlanes(images);
      Replica.Outcome outcome = replica.accumulate(step, patches, context, targets, part.weight());
      if (comparison != null) {
        comparison.activations(part.group(), part.first(), part.tensors().size(), outcome);
      }
      return outcome.loss().getFloat() * part.weight();
    }
  }

  private static NDArray rows(NDManager manager, Tensor tensor, int first, int count) {
    long[] shape = tensor.shape.stream().mapToLong(Long::longValue).toArray();
    NDArray whole =
        tensor.longs.length > 0
            ? manager.create(tensor.longs, new Shape(shape))
            : manager.create(tensor.floats, new Shape(shape));
    return whole.get("{}:{}", first, first + count);
  }

  private static NDArray columns(NDManager manager, Tensor tensor, int first, int count) {
    long[] shape = tensor.shape.stream().mapToLong(Long::longValue).toArray();
    return manager.create(tensor.longs, new Shape(shape)).get(":, {}:{}", first, first + count);
  }
}
