package org.ijepa.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ijepa.kernel.Kernels;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Recipe;
import org.ijepa.replica.Replica;
import org.ijepa.vit.Initialisation;

/** The training step of this project on random pixels. */
final class OwnStep implements AutoCloseable {
  private static final List<Float> MEAN = List.of(123.675f, 116.28f, 103.53f);
  private static final List<Float> DEVIATION = List.of(58.395f, 57.12f, 57.375f);
  private static final Recipe RECIPE = new Recipe(1e-3, 0.05, 0.996, 1);

  private final NDManager manager;
  private final Replica replica;
  private final ByteBuffer images;
  private final int[][] context;
  private final int[][][] targets;

  OwnStep(StepWork work) {
    Kernels.prepareThread(work.threads());
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    replica =
        new Replica(
            manager,
            work.geometry(),
            new Replica.Options(work.bf16(), false, MEAN, DEVIATION, Betas.PUBLISHED, 1));
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

  /** Makes a step; returns its milliseconds. */
  double run() {
    long began = System.nanoTime();
    replica.beginStep();
    replica.accumulate(images.duplicate(), context, targets, 1);
    replica.update(RECIPE);
    replica.moveTarget(RECIPE);
    return (System.nanoTime() - began) * 1e-6;
  }

  @Override
  public void close() {
    replica.close();
    manager.close();
  }
}
