package org.ijepa.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.collective.LocalGroup;
import org.ijepa.kernel.Kernels;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Phase;
import org.ijepa.replica.Recipe;
import org.ijepa.replica.Replica;
import org.ijepa.vit.Initialisation;

/** The training step of this project on random pixels. */
final class OwnStep implements AutoCloseable {
  private static final List<Float> MEAN = List.of(123.675f, 116.28f, 103.53f);
  private static final List<Float> DEVIATION = List.of(58.395f, 57.12f, 57.375f);
  private static final Recipe RECIPE = new Recipe(1e-3, 0.05, 0.996, 1);

  private static final double MILLI = 1e-6;
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private final Collective collective = new LocalGroup(1, TIMEOUT).join(0);
  private final NDManager manager;
  private final Replica replica;
  private final ByteBuffer images;
  private final int[][] context;
  private final int[][][] targets;

  /** On the CPU. */
  OwnStep(StepWork work) {
    this(work, Device.cpu());
  }

  OwnStep(StepWork work, Device device) {
    Kernels.prepareThread(work.threads());
    manager = NDManager.newBaseManager(device, "PyTorch");
    replica =
        new Replica(
            manager,
            work.geometry(),
            new Replica.Options(
                work.bf16(),
                work.checkpointing(),
                perChannel(MEAN, work.geometry().channels()),
                perChannel(DEVIATION, work.geometry().channels()),
                Betas.PUBLISHED,
                2));
    replica.initialise(new Initialisation(0.02, false, 1), 0);
    int side = work.geometry().imageSize();
    images = ByteBuffer.allocateDirect(work.batch() * side * side * work.geometry().channels());
    byte[] pixels = new byte[images.capacity()];
    KeyedRandom random = RandomKey.of(0, "bench").stream();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    images.put(pixels).flip();
    context = new int[work.batch()][];
    targets = new int[work.targets()][work.batch()][];
    for (int image = 0; image < work.batch(); image++) {
      context[image] = some(random, work.geometry().patches(), work.context());
      for (int target = 0; target < work.targets(); target++) {
        targets[target][image] = some(random, work.geometry().patches(), work.target());
      }
    }
  }

  /** Of pixels at random, any of them will do. */
  private static List<Float> perChannel(List<Float> values, int channels) {
    return IntStream.range(0, channels).mapToObj(i -> values.get(i % values.size())).toList();
  }

  /** {@code count} different patches, random ones as the peer's: how far targets overlap counts. */
  private static int[] some(KeyedRandom random, int patches, int count) {
    int[] all = IntStream.range(0, patches).toArray();
    for (int i = 0; i < count; i++) {
      int other = i + random.nextInt(patches - i);
      int patch = all[other];
      all[other] = all[i];
      all[i] = patch;
    }
    return Arrays.copyOf(all, count);
  }

  /**
   * One step.
   *
   * @param millis of all of it
   * @param phases milliseconds of its parts, in their order; what is missing was spent between
   *     them; {@code settle} reads loss and gradient norm, by which a step is committed. Of a GPU
   *     each is the time of the telling, but for two that end with what was told being done:
   *     backward with the whole micro-batch, ema with the update
   */
  record Sample(double millis, Map<String, Double> phases) {}

  /** Makes a step, as the only trainer of its run. */
  Sample run() {
    Map<Phase, Long> before = replica.phaseNanos();
    long began = System.nanoTime();
    replica.beginStep();
    replica.accumulate(images.duplicate(), context, targets, new Replica.Share(1, 0, 1));
    long told = System.nanoTime();
    replica.await();
    long computed = System.nanoTime();
    reduce();
    long reduced = System.nanoTime();
    replica.settled(false);
    long settled = System.nanoTime();
    replica.update(RECIPE);
    replica.moveTarget(RECIPE);
    long updating = System.nanoTime();
    replica.await();
    long ended = System.nanoTime();
    Map<String, Double> phases = new LinkedHashMap<>();
    Map<Phase, Long> after = replica.phaseNanos();
    for (Phase phase : Phase.values()) {
      if (phase == Phase.OPTIMIZER) {
        phases.put("reduce", (reduced - computed) * MILLI);
        phases.put("settle", (settled - reduced) * MILLI);
      }
      long nanos = after.get(phase) - before.getOrDefault(phase, 0L);
      if (phase == Phase.BACKWARD) {
        nanos += computed - told;
      } else if (phase == Phase.EMA) {
        nanos += ended - updating;
      }
      phases.put(phase.name().toLowerCase(Locale.ROOT), nanos * MILLI);
    }
    return new Sample((ended - began) * MILLI, phases);
  }

  private void reduce() {
    try {
      collective.allReduceSum(replica.gradient());
    } catch (CollectiveException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    replica.close();
    manager.close();
  }
}
