package org.ijepa.replica;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.ProcessMemory;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;

/**
 * A process that makes steps of a tiny model, each with masks of its own, and says how large it is
 * after some of them: {@code resident STEP KIB}. Arguments: bf16 or fp32, and the numbers of steps.
 */
final class ManySteps {
  private static final Geometry GEOMETRY =
      new Geometry(64, 8, 3, 64, 2, 4, 256, 32, 2, 4, 128, 1e-6, 1e-5);
  private static final int IMAGES = 4;

  private ManySteps() {}

  public static void main(String... arguments) throws IOException {
    List<Integer> told = Stream.of(arguments).skip(1).map(Integer::valueOf).toList();
    int last = told.get(told.size() - 1);
    Kernels.prepareThread(1);
    List<Float> half = List.of(127f, 127f, 127f);
    Replica.Options options =
        new Replica.Options(arguments[0].equals("bf16"), false, half, half, Betas.PUBLISHED, 2);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Replica replica = new Replica(manager, GEOMETRY, options)) {
      replica.initialise(new Initialisation(0.02, false, 1), 3);
      ByteBuffer images = ByteBuffer.allocateDirect(IMAGES * 64 * 64 * 3);
      for (int step = 1; step <= last; step++) {
        step(replica, images, RandomKey.of(step, "masks").stream());
        if (told.contains(step)) {
          System.out.printf("resident %d %d%n", step, ProcessMemory.resident());
        }
      }
    }
  }

  private static void step(Replica replica, ByteBuffer images, KeyedRandom random) {
    int seen = 24 + random.nextInt(8);
    int asked = 8 + random.nextInt(4);
    int[][] context = new int[IMAGES][];
    int[][][] targets = new int[4][IMAGES][];
    for (int image = 0; image < IMAGES; image++) {
      context[image] = some(random, seen);
      for (int[][] block : targets) {
        block[image] = some(random, asked);
      }
    }
    replica.beginStep();
    replica.accumulate(images, context, targets, new Replica.Share(1, 0, 1));
    replica.settled(true);
    Recipe recipe = new Recipe(1e-3, 0.05, 0.99, 0.9);
    replica.update(recipe);
    replica.moveTarget(recipe);
  }

  private static int[] some(KeyedRandom random, int count) {
    int[] patches = new int[count];
    int first = random.nextInt(GEOMETRY.patches());
    for (int i = 0; i < count; i++) {
      patches[i] = (first + i) % GEOMETRY.patches();
    }
    return patches;
  }
}
