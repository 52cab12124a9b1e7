package org.ijepa.replica;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.Kernels.Operators;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same steps once more make the same bits. The model is large enough for its work to be dealt
 * out to several threads: the library shares out nothing of less than 32,768 elements.
 */
class RepeatedStepsTest {
  private static final Geometry GEOMETRY =
      new Geometry(64, 8, 3, 96, 2, 4, 384, 64, 2, 4, 256, 1e-6, 1e-5);
  private static final int IMAGES = 8;
  private static final int STEPS = 2;

  @AfterEach
  void useOneThread() {
    Kernels.prepareThread(1);
  }

  static Stream<Arguments> ways() {
    List<Arguments> all = new ArrayList<>();
    for (int threads : new int[] {1, 2}) {
      for (boolean mixed : new boolean[] {false, true}) {
        for (Operators operators : List.of(Operators.OF_CPU, Operators.OF_GPU)) {
          all.add(Arguments.of(threads, mixed, operators));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void shouldMakeTheSameBitsAgain(int threads, boolean mixed, Operators operators) {
    Kernels.Options options = new Kernels.Options(mixed, false, operators);
    List<float[]> first = steps(threads, options);

    assertThat(first.get(0)[0]).isNotEqualTo(first.get(0)[STEPS - 1]);
    List<float[]> again = steps(threads, options);
    for (int i = 0; i < first.size(); i++) {
      assertThat(Arrays.equals(again.get(i), first.get(i))).as("losses, state %d", i).isTrue();
    }
  }

  /** Sums over images in parts are other sums: so two threads do share the work out. */
  @Test
  void shouldShareTheWorkOut() {
    Kernels.Options options = new Kernels.Options(false, false, Operators.OF_CPU);

    assertThat(Arrays.equals(steps(1, options).get(1), steps(2, options).get(1))).isFalse();
  }

  /** Losses of some steps, then the weights, target and moments that they leave. */
  private static List<float[]> steps(int threads, Kernels.Options kernels) {
    Kernels.prepareThread(threads);
    List<Float> half = List.of(127f, 127f, 127f);
    Replica.Options options = new Replica.Options(kernels, half, half, Betas.PUBLISHED, 2);
    float[] losses = new float[STEPS];
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Replica replica = new Replica(manager, GEOMETRY, options)) {
      replica.initialise(new Initialisation(0.1, false, 1), 3);
      for (int step = 0; step < STEPS; step++) {
        replica.beginStep();
        losses[step] = accumulate(replica, step);
        Recipe recipe = new Recipe(1e-3, 0.05, 0.99, 1);
        replica.update(recipe);
        replica.moveTarget(recipe);
      }
      ReplicaState state = replica.state();
      return List.of(
          losses,
          floats(state.weights()),
          floats(state.target()),
          floats(state.firstMoment()),
          floats(state.secondMoment()));
    }
  }

  private static float accumulate(Replica replica, int step) {
    KeyedRandom random = RandomKey.of(step, "step").stream();
    ByteBuffer images = ByteBuffer.allocateDirect(IMAGES * 64 * 64 * 3);
    while (images.hasRemaining()) {
      images.put((byte) random.nextInt(256));
    }
    int[][] context = new int[IMAGES][];
    int[][][] targets = new int[4][IMAGES][];
    for (int image = 0; image < IMAGES; image++) {
      context[image] = some(random, 40);
      for (int[][] block : targets) {
        block[image] = some(random, 12);
      }
    }
    replica.accumulate(images.flip(), context, targets, new Replica.Share(1, 0, 1));
    return replica.settled(false).facts()[0];
  }

  /** Consecutive patches, each of them as likely as any. */
  private static int[] some(KeyedRandom random, int count) {
    int first = random.nextInt(GEOMETRY.patches());
    int[] patches = new int[count];
    Arrays.setAll(patches, i -> (first + i) % GEOMETRY.patches());
    return patches;
  }

  private static float[] floats(FlatTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values.length, (at, window) -> window.get(values, (int) at, window.remaining()));
    return values;
  }
}
