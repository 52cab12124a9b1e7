package org.ijepa.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.ijepa.kernel.Kernels.Operators;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.replica.Optimizer.Betas;
import org.ijepa.replica.Replica.Encoder;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Initialisation;
import org.ijepa.vit.Parameter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaTest {
  private static final Geometry SMALL =
      new Geometry(32, 8, 3, 32, 3, 2, 64, 16, 2, 2, 32, 1e-6, 1e-5);
  private static final int IMAGES = 4;
  private static final int[] CONTEXT = {0, 1, 4, 5, 8, 9, 10};
  private static final int[] TARGET = {2, 3, 7};
  private static final int[] OTHER_TARGET = {11, 14, 15};

  private NDManager manager;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Replica replica(boolean mixed, boolean checkpointing) {
    return replica(new Kernels.Options(mixed, checkpointing));
  }

  private Replica replica(Kernels.Options kernels) {
    return replica(kernels, Long.MAX_VALUE);
  }

  private Replica replica(Kernels.Options kernels, long leastPart) {
    List<Float> mean = List.of(127f, 127f, 127f);
    List<Float> deviation = List.of(64f, 64f, 64f);
    Replica replica =
        new Replica(
            manager,
            SMALL,
            new Replica.Options(kernels, mean, deviation, Betas.PUBLISHED, 4, leastPart));
    // Large start values, so that attention and MLP matter beside the residual stream.
    replica.initialise(new Initialisation(0.2, false, 1), 3);
    return replica;
  }

  private static ByteBuffer images() {
    ByteBuffer images = ByteBuffer.allocateDirect(IMAGES * 32 * 32 * 3);
    KeyedRandom random = RandomKey.of(7, "images").stream();
    while (images.hasRemaining()) {
      images.put((byte) random.nextInt(256));
    }
    return images.flip();
  }

  private static float accumulate(Replica replica) {
    return loss(replica, 0.5, 0) / 0.5f;
  }

  /** The weighted loss of a micro-batch, which begins a step. */
  private static float loss(Replica replica, double weight, int fact) {
    return loss(replica, weight, fact, () -> {});
  }

  private static float loss(Replica replica, double weight, int fact, Runnable completed) {
    int[][] context = new int[IMAGES][];
    int[][][] targets = new int[2][IMAGES][];
    for (int i = 0; i < IMAGES; i++) {
      context[i] = CONTEXT;
      targets[0][i] = TARGET;
      targets[1][i] = OTHER_TARGET;
    }
    replica.beginStep();
    replica.accumulate(images(), context, targets, new Replica.Share(weight, fact, 3), completed);
    return replica.settled(false).facts()[fact];
  }

  private static float[] floats(FlatTensor tensor, long size) {
    float[] values = new float[(int) size];
    tensor.read(
        0,
        size,
        (at, window) -> window.get(values, (int) at, (int) Math.min(size - at, window.limit())));
    return values;
  }

  private static float[] gradient(Replica replica) {
    return floats(replica.gradient(), replica.state().layout().size());
  }

  @ParameterizedTest
  @CsvSource({"false, OF_CPU", "true, OF_CPU", "false, OF_GPU", "true, OF_GPU"})
  void shouldMakeTheSameBitsWithCheckpointing(boolean mixed, Operators operators) {
    try (Replica kept = replica(new Kernels.Options(mixed, false, operators));
        Replica made = replica(new Kernels.Options(mixed, true, operators))) {
      assertThat(accumulate(made)).isEqualTo(accumulate(kept));
      assertThat(kept.gradientNorm()).isPositive();
      assertThat(gradient(made)).isEqualTo(gradient(kept));
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false, 1", "true, false, 1", "true, true, 1", "false, true, 4000"})
  void shouldCompleteItsGradientPartByPartWithTheSameBits(
      boolean mixed, boolean checkpointing, long leastPart) {
    Kernels.Options options = new Kernels.Options(mixed, checkpointing);
    try (Replica whole = replica(options);
        Replica parted = replica(options, leastPart)) {
      accumulate(whole);
      assertThat(whole.gradientParts()).containsExactly(whole.gradient());

      List<FlatTensor> parts = parted.gradientParts();
      List<float[]> completed = new ArrayList<>();
      loss(
          parted,
          0.5,
          0,
          () -> {
            FlatTensor part = parts.get(completed.size());
            completed.add(floats(part, part.size()));
          });
      assertThat(gradient(parted)).isEqualTo(gradient(whole));
      assertThat(completed).hasSizeGreaterThan(2).hasSize(parts.size() - 1);
      long elements = 0;
      for (int i = 0; i < parts.size(); i++) {
        FlatTensor part = parts.get(i);
        elements += part.size();
        if (i < completed.size()) {
          assertThat(completed.get(i)).isEqualTo(floats(part, part.size()));
        }
      }
      assertThat(elements).isEqualTo(parted.gradient().size());
    }
  }

  @Test
  void shouldWriteEachWeightedLossToItsFactAlone() {
    try (Replica replica =
        new Replica(
            manager,
            SMALL,
            new Replica.Options(
                false,
                false,
                List.of(127f, 127f, 127f),
                List.of(64f, 64f, 64f),
                Betas.PUBLISHED,
                4))) {
      replica.initialise(new Initialisation(0.2, false, 1), 3);
      float whole = loss(replica, 1, 0);
      assertThat(whole).isPositive();
      assertThat(replica.settled(false).facts()).containsExactly(whole, 0, 0, 1);
      // The weight is no float: only the product is rounded.
      double third = 1.0 / 3;
      loss(replica, third, 2);
      assertThat(replica.settled(false).facts()).containsExactly(0, 0, (float) (whole * third), 1);
    }
  }

  /**
   * bfloat16 rounds by 0.4 % at most, and the losses of two runs from the same start stay within
   * that (0.1 % was measured). Over 500 steps of a real run see bench/results.
   */
  @Test
  void shouldFollowTheTrajectoryOfFloat32InBfloat16() {
    try (Replica exact = replica(false, false);
        Replica mixed = replica(true, false)) {
      double first = accumulate(exact);
      double last = first;
      double apart = 0;
      for (int step = 0; step < 60; step++) {
        last = accumulate(exact);
        apart = Math.max(apart, Math.abs(accumulate(mixed) / last - 1));
        for (Replica each : List.of(exact, mixed)) {
          Recipe recipe = new Recipe(1e-3, 0.04, 0.99, 1);
          each.update(recipe);
          each.moveTarget(recipe);
        }
      }
      assertThat(last).isLessThan(0.7 * first);
      System.out.printf("losses in float32 and bfloat16 are %.2g apart%n", apart);
      assertThat(apart).isBetween(1e-7, 0.005);
    }
  }

  private static void step(Replica replica) {
    accumulate(replica);
    assertThat(replica.settled(true).norm()).isPositive();
    Recipe recipe = new Recipe(1e-3, 0.04, 0.99, 0.5);
    replica.update(recipe);
    replica.moveTarget(recipe);
    replica.layerNorms();
  }

  /** Tensors that the replica's manager still holds. */
  private static int held(Replica replica) throws ReflectiveOperationException {
    NDManager owner = replica.state().weights().array().getManager();
    Field resources = BaseNDManager.class.getDeclaredField("resources");
    resources.setAccessible(true);
    return ((Map<?, ?>) resources.get(owner)).size();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldLeaveNothingOfAStep(boolean mixed) throws Exception {
    try (Replica replica = replica(mixed, false)) {
      step(replica);
      int before = held(replica);
      step(replica);
      step(replica);
      assertThat(held(replica)).isEqualTo(before);
    }
  }

  @Test
  void shouldTellTheNormsOfEachLayer() {
    try (Replica replica = replica(false, false)) {
      accumulate(replica);
      Map<String, LayerNorms> layers = replica.layerNorms();
      assertThat(layers.keySet())
          .containsExactly(
              "encoder.entry",
              "encoder.blocks.0",
              "encoder.blocks.1",
              "encoder.blocks.2",
              "encoder.end",
              "predictor.entry",
              "predictor.blocks.0",
              "predictor.blocks.1",
              "predictor.end");
      double squares = 0;
      for (LayerNorms layer : layers.values()) {
        squares += layer.gradient() * layer.gradient();
      }
      assertThat(Math.sqrt(squares))
          .isCloseTo(replica.gradientNorm(), within(1e-6 * replica.gradientNorm()));

      double own = 0;
      float[] weights = floats(replica.state().weights(), replica.state().layout().size());
      for (Parameter parameter : replica.state().layout().parameters()) {
        if (parameter.name().startsWith("blocks.1.")) {
          for (long i = parameter.offset(); i < parameter.offset() + parameter.size(); i++) {
            own += (double) weights[(int) i] * weights[(int) i];
          }
        }
      }
      assertThat(layers.get("encoder.blocks.1").weights()).isCloseTo(Math.sqrt(own), within(1e-6));
    }
  }

  /** The loss along the gradient rises as fast as the gradient says. */
  @Test
  void shouldHaveTheGradientOfItsLoss() {
    try (Replica replica = replica(false, false)) {
      accumulate(replica);
      double norm = replica.gradientNorm();
      double slope = 0.5 * slope(replica, () -> accumulate(replica));
      assertThat(slope).isCloseTo(norm, within(2e-3 * norm));
    }
  }

  /** Derivative of something along the replica's gradient, by differences. */
  private static double slope(Replica replica, DoubleSupplier something) {
    float[] gradient = gradient(replica);
    double norm = replica.gradientNorm();
    float[] weights = floats(replica.state().weights(), gradient.length);
    List<Double> found = new ArrayList<>();
    double distance = 1e-2;
    for (double step : new double[] {distance, -distance}) {
      replica
          .state()
          .weights()
          .write(
              0,
              gradient.length,
              (at, window) -> {
                for (int i = 0; i < window.limit(); i++) {
                  int j = (int) at + i;
                  window.put(i, (float) (weights[j] + step * gradient[j] / norm));
                }
              });
      replica.stateChanged();
      found.add(something.getAsDouble());
    }
    return (found.get(0) - found.get(1)) / (2 * distance);
  }

  /** Here of the tokens of whole images, each times a number of its own. */
  private static double accumulateWhole(Replica replica) {
    KeyedRandom random = RandomKey.of(5, "factors").stream();
    float[] factors = new float[IMAGES * SMALL.patches() * SMALL.width()];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) random.nextGaussian();
    }
    double[] sum = new double[1];
    replica.beginStep();
    replica.accumulateWhole(
        images(),
        IMAGES,
        tokens -> {
          NDArray factor = tokens.getManager().create(factors, tokens.getShape());
          sum[0] = tokens.mul(factor).sum().getFloat();
          return factor;
        });
    return sum[0];
  }

  @Test
  void shouldHaveTheGradientOfWhatAHeadMakesOfWholeImages() {
    try (Replica replica = replica(false, false)) {
      accumulateWhole(replica);
      double norm = replica.gradientNorm();
      double slope = slope(replica, () -> accumulateWhole(replica));
      assertThat(slope).isCloseTo(norm, within(2e-3 * norm));
    }
  }

  @Test
  void shouldBeginTuningWithTheEncoderThatIsNamed() {
    try (Replica replica = replica(false, false)) {
      float[] tokens = replica.tokens(images(), IMAGES, Encoder.TARGET);
      accumulateWhole(replica);
      replica.update(new Recipe(1e-2, 0, 1, 1));
      float[] tuned = replica.tokens(images(), IMAGES, Encoder.CONTEXT);
      assertThat(tuned).isNotEqualTo(tokens);

      replica.beginTuning(Encoder.CONTEXT);
      assertThat(replica.tokens(images(), IMAGES, Encoder.TARGET)).isEqualTo(tuned);
      accumulateWhole(replica);
      replica.update(new Recipe(1e-2, 0, 1, 1));
      replica.beginTuning(Encoder.TARGET);
      assertThat(replica.tokens(images(), IMAGES, Encoder.CONTEXT)).isEqualTo(tuned);
      assertThat(replica.state().updates()).isZero();
      assertThat(floats(replica.state().firstMoment(), 100)).containsOnly(0);
    }
  }
}
