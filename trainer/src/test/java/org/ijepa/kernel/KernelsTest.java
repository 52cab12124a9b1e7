package org.ijepa.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ijepa.kernel.Kernels.Loss;
import org.ijepa.kernel.Kernels.Operators;
import org.ijepa.kernel.Kernels.Pass;
import org.ijepa.kernel.Kernels.Weights;
import org.ijepa.kernel.Matrix.Precision;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kernel beside the plain mathematics in double precision, of which {@link NaiveModelTest}
 * proves the derivatives; with the operators of CPUs and with those of GPUs.
 *
 * <p>In float32 the largest difference may be {@link #FLOAT32} of a tensor's largest number. In
 * bfloat16 what is due to rounding follows from the numbers: the mathematics once more with what
 * the kernels round rounded, too, is as far from the exact numbers as rounding takes it. A kernel
 * may be twice as far.
 */
class KernelsTest {
  private static final Geometry GEOMETRY = TinyCase.GEOMETRY;
  private static final int IMAGES = TinyCase.IMAGES;
  private static final int BLOCKS = TinyCase.ASKED.length;
  private static final double FLOAT32 = 1e-5;
  private static final double ROUNDING = 2;

  private final TinyCase tiny = new TinyCase();
  private PtNDManager manager;

  @BeforeEach
  void open() {
    Kernels.prepareThread(1);
    manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Kernels.Options> forward() {
    return options().filter(options -> !options.checkpointing());
  }

  static Stream<Kernels.Options> options() {
    List<Kernels.Options> all = new ArrayList<>();
    for (Operators operators : List.of(Operators.OF_CPU, Operators.OF_GPU)) {
      for (boolean mixed : new boolean[] {false, true}) {
        for (boolean checkpointing : new boolean[] {false, true}) {
          all.add(new Kernels.Options(mixed, checkpointing, operators));
        }
      }
    }
    return all.stream();
  }

  private Kernels kernels(Kernels.Options options) {
    return new Kernels(manager, GEOMETRY, options);
  }

  private Kernels kernels() {
    return kernels(new Kernels.Options(false, false));
  }

  private static void assertMeets(
      String what, NDArray found, Kernels.Options options, Function<Precision, double[]> expected) {
    double[] exact = expected.apply(Precision.EXACT);
    double[] apart = less(doubles(found), exact);
    if (options.mixed()) {
      double allowed = ROUNDING * norm(less(expected.apply(Precision.BF16), exact));
      assertThat(norm(apart)).as(what).isLessThanOrEqualTo(allowed + FLOAT32 * norm(exact));
    } else {
      assertThat(largest(apart)).as(what).isLessThanOrEqualTo(FLOAT32 * largest(exact));
    }
  }

  private static double[] less(double[] a, double[] b) {
    assertThat(a).hasSameSizeAs(b);
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
  }

  private static double norm(double[] numbers) {
    return Math.sqrt(Arrays.stream(numbers).map(x -> x * x).sum());
  }

  private static double largest(double[] numbers) {
    return Arrays.stream(numbers).map(Math::abs).max().getAsDouble();
  }

  private static double[] doubles(NDArray array) {
    float[] floats = floats(array);
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  private static float[] floats(NDArray array) {
    return array.stopGradient().toFloatArray();
  }

  private NDArray tensor(float[] numbers, long... shape) {
    return manager.create(numbers, new Shape(shape));
  }

  /** Of numbers that stand in rows of arrays of any depth. */
  private NDArray index(int[][]... blocks) {
    long[] flat =
        Arrays.stream(blocks)
            .flatMap(Arrays::stream)
            .flatMapToInt(Arrays::stream)
            .asLongStream()
            .toArray();
    int images = blocks[0].length;
    int count = blocks[0][0].length;
    return manager.create(
        flat,
        blocks.length == 1 ? new Shape(images, count) : new Shape(blocks.length, images, count));
  }

  private NDArray patches() {
    return tensor(tiny.patches, IMAGES, GEOMETRY.patches(), GEOMETRY.patchElements());
  }

  private NDArray positions() {
    return tensor(tiny.positions, GEOMETRY.patches(), GEOMETRY.width());
  }

  private NDArray predictorPositions() {
    return tensor(tiny.predictorPositions, GEOMETRY.patches(), GEOMETRY.predictorWidth());
  }

  private Weights target() {
    return new Weights(
        leaves(tiny.target, Network.ENCODER, true), leaves(tiny.target, Network.ENCODER, false));
  }

  private Weights trained(Kernels kernels, Network network, boolean mixed) {
    List<NDArray> matrices = leaves(tiny.trained, network, true);
    Weights weights =
        new Weights(
            mixed ? kernels.bfloat16(matrices) : matrices, leaves(tiny.trained, network, false));
    weights.matrices().forEach(leaf -> leaf.setRequiresGradient(true));
    weights.vectors().forEach(leaf -> leaf.setRequiresGradient(true));
    return weights;
  }

  private List<NDArray> leaves(Map<String, float[]> numbers, Network network, boolean matrices) {
    return TinyCase.parameters(network, matrices).stream()
        .map(parameter -> manager.create(numbers.get(parameter.qualifiedName())))
        .toList();
  }

  private Weights zeros(Network network) {
    return new Weights(zeros(network, true), zeros(network, false));
  }

  private List<NDArray> zeros(Network network, boolean matrices) {
    return TinyCase.parameters(network, matrices).stream()
        .map(parameter -> manager.zeros(new Shape(parameter.size())))
        .toList();
  }

  private Pass context(Kernels kernels, Weights weights) {
    NDArray seen = index(TinyCase.SEEN);
    NDArray places = kernels.places(seen, positions());
    return kernels.context(weights, kernels.pick(patches(), seen), places);
  }

  private Pass predict(Kernels kernels, Weights weights, NDArray tokens) {
    NDArray table = predictorPositions();
    NDArray seen = kernels.places(index(TinyCase.SEEN), table);
    return kernels.predict(weights, tokens, seen, kernels.places(index(TinyCase.ASKED), table));
  }

  /** Every number of several matrices, one after another. */
  private static double[] joined(int count, IntFunction<Matrix> parts) {
    return Matrix.stacked(IntStream.range(0, count).mapToObj(parts).toList()).values();
  }

  private interface Stage {
    /** What becomes of one part of a stage's input. */
    Matrix of(NaiveModel model, int stage, Matrix input, int part);
  }

  /** Each stage of a pass by itself, from the very input that it had. */
  private void assertStages(Pass pass, Kernels.Options options, int[] parts, Stage stage) {
    for (int i = 0; i < pass.kept().size() / 2; i++) {
      int number = i;
      NDArray input = pass.kept().get(2 * i);
      int width = Math.toIntExact(input.getShape().get(2));
      int count = parts[Math.min(i, 1)];
      int inputs = parts[0];
      assertMeets(
          "stage " + i,
          pass.kept().get(2 * i + 1),
          options,
          precision -> {
            NaiveModel model = tiny.model(precision);
            return joined(
                parts[1],
                part -> {
                  int from = number == 0 ? part % inputs : part;
                  Matrix own = TinyCase.part(floats(input), count, from, width);
                  return stage.of(model, number, own, part);
                });
          });
    }
  }

  @ParameterizedTest
  @MethodSource("forward")
  void shouldEmbedPatchesAndMakeEachBlockAndTheNormOfTheEncoder(Kernels.Options options) {
    try (Kernels kernels = kernels(options)) {
      Pass pass = context(kernels, trained(kernels, Network.ENCODER, options.mixed()));

      assertThat(pass.kept()).hasSize(2 * (GEOMETRY.depth() + 2));
      assertStages(
          pass,
          options,
          new int[] {IMAGES, IMAGES},
          (model, i, input, image) -> model.encoderStage(i, input, TinyCase.SEEN[image]));
    }
  }

  @ParameterizedTest
  @MethodSource("forward")
  void shouldAssembleWhatIsAskedOfThePredictorAndMakeEachStageOfIt(Kernels.Options options) {
    float[] tokens = TinyCase.random("tokens", IMAGES * 4 * GEOMETRY.width(), 1);
    try (Kernels kernels = kernels(options)) {
      Weights weights = trained(kernels, Network.PREDICTOR, options.mixed());
      Pass pass = predict(kernels, weights, tensor(tokens, IMAGES, 4, GEOMETRY.width()));

      assertThat(pass.kept()).hasSize(2 * (GEOMETRY.predictorDepth() + 2));
      assertStages(
          pass,
          options,
          new int[] {IMAGES, BLOCKS * IMAGES},
          (model, i, input, part) ->
              model.predictorStage(
                  i,
                  input,
                  TinyCase.SEEN[part % IMAGES],
                  TinyCase.ASKED[part / IMAGES][part % IMAGES]));
    }
  }

  /** What has been rounded to bfloat16 has zeros in the lower half of its bits. */
  @ParameterizedTest
  @MethodSource("forward")
  void shouldKeepTheResidualStreamInFloat32(Kernels.Options options) {
    try (Kernels kernels = kernels(options)) {
      Pass tokens = context(kernels, trained(kernels, Network.ENCODER, options.mixed()));
      Weights predictor = trained(kernels, Network.PREDICTOR, options.mixed());
      Pass predicted = predict(kernels, predictor, tokens.output());
      List<NDArray> stream = new ArrayList<>(tokens.kept());
      stream.addAll(predicted.kept().subList(0, 2 * (GEOMETRY.predictorDepth() + 1)));

      for (NDArray array : stream.subList(1, stream.size())) {
        float[] floats = floats(array);
        long fine =
            IntStream.range(0, floats.length)
                .filter(i -> (Float.floatToIntBits(floats[i]) & 0xffff) != 0)
                .count();
        assertThat(fine).isGreaterThan(floats.length / 2);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forward")
  void shouldMakeTargets(Kernels.Options options) {
    try (Kernels kernels = kernels(options)) {
      NDArray found = kernels.target(target(), positions(), patches(), index(TinyCase.ASKED));

      long sequences = (long) BLOCKS * IMAGES;
      assertThat(found.getShape()).isEqualTo(new Shape(sequences, 3, GEOMETRY.width()));
      assertMeets("targets", found, options, precision -> tiny.targets(precision).values());
    }
  }

  @ParameterizedTest
  @MethodSource("forward")
  void shouldMakeFeaturesOfEachBlock(Kernels.Options options) {
    int[] all = IntStream.range(0, GEOMETRY.patches()).toArray();
    try (Kernels kernels = kernels(options)) {
      List<NDArray> found = kernels.features(target(), positions(), patches(), 1, 2);

      assertThat(found).hasSize(2);
      for (int layer = 0; layer < 2; layer++) {
        int stages = layer == 0 ? 2 : 4;
        assertMeets(
            "features of block " + (layer + 1),
            found.get(layer),
            options,
            precision -> {
              NaiveModel model = tiny.model(precision, TinyCase.matrices(tiny.target));
              return joined(
                  IMAGES,
                  image -> {
                    Matrix x = tiny.patches(image);
                    for (int i = 0; i < stages; i++) {
                      x = model.encoderStage(i, x, all);
                    }
                    return x;
                  });
            });
      }
    }
  }

  /** More keys than queries, as in the predictor's last block. */
  @ParameterizedTest
  @MethodSource("forward")
  void shouldAttendAndDifferentiateAttention(Kernels.Options options) {
    int parts = IMAGES * 2;
    List<float[]> numbers =
        List.of(
            TinyCase.random("queries", parts * 3 * 4, 1.5),
            TinyCase.random("keys", parts * 5 * 4, 1.5),
            TinyCase.random("values", parts * 5 * 4, 1));
    float[] factors = TinyCase.random("factors", parts * 3 * 4, 1);
    try (Kernels kernels = kernels(options)) {
      NDList inputs = new NDList();
      for (float[] each : numbers) {
        inputs.add(ofProducts(kernels, options, each, IMAGES, 2, each.length / parts / 4, 4));
      }
      inputs.forEach(leaf -> leaf.setName(null));
      inputs.forEach(leaf -> leaf.setRequiresGradient(true));
      NDArray factor = ofProducts(kernels, options, factors, IMAGES, 2, 3, 4);
      NDArray found =
          Kernels.recording(
              () -> {
                NDArray y = kernels.call("attend", inputs).singletonOrThrow();
                JniUtils.backward((PtNDArray) y, (PtNDArray) factor, false, false);
                return y;
              });

      assertMeets(
          "attention",
          float32(kernels, found),
          options,
          precision -> attention(numbers, factors, precision).get(3));
      for (int i = 0; i < 3; i++) {
        int input = i;
        assertMeets(
            "gradient of input " + i + " of attention",
            float32(kernels, inputs.get(i).getGradient()),
            options,
            precision -> attention(numbers, factors, precision).get(input));
      }
    }
  }

  /** A tensor of the type that products have; the engine's own conversions know no bfloat16. */
  private NDArray ofProducts(
      Kernels kernels, Kernels.Options options, float[] numbers, long... shape) {
    NDArray exact = tensor(numbers, shape);
    return options.mixed() ? kernels.bfloat16(List.of(exact)).get(0) : exact;
  }

  private NDArray float32(Kernels kernels, NDArray array) {
    NDArray same = manager.zeros(array.getShape());
    kernels.refresh(List.of(same), List.of(array.stopGradient()));
    return same;
  }

  /** Gradients of queries, keys and values, and then what comes of them. */
  private static List<double[]> attention(
      List<float[]> numbers, float[] factors, Precision precision) {
    int parts = IMAGES * 2;
    List<List<Matrix>> inputs = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    List<Matrix> found = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      for (int i = 0; i < 3; i++) {
        inputs.get(i).add(TinyCase.part(numbers.get(i), parts, part, 4));
      }
      List<Matrix> own = new ArrayList<>();
      for (List<Matrix> each : inputs) {
        own.add(each.get(part).as(precision));
      }
      Matrix y = NaiveModel.attend(own.get(0), own.get(1), own.get(2));
      y.differentiate(TinyCase.part(factors, parts, part, 4).values());
      found.add(y);
    }
    List<double[]> all = new ArrayList<>();
    for (List<Matrix> each : inputs) {
      all.add(each.stream().flatMapToDouble(m -> Arrays.stream(m.gradient())).toArray());
    }
    all.add(Matrix.stacked(found).values());
    return all;
  }

  /** Derivatives by all weights, and by the predictor's input as {@code tokens}; predictions. */
  private Map<String, double[]> derivatives(Precision precision) {
    Map<String, Matrix> weights = TinyCase.matrices(tiny.trained);
    NaiveModel model = tiny.model(precision, weights);
    List<Matrix> tokens = tiny.tokens(model);
    Matrix predictions = tiny.predictions(model, tokens);
    predictions.smoothL1(tiny.targets(precision)).differentiate(1);
    Map<String, double[]> all = new LinkedHashMap<>();
    weights.forEach((name, weight) -> all.put(name, weight.gradient()));
    all.put("predictions", predictions.values());
    all.put("tokens", tokens.stream().flatMapToDouble(m -> Arrays.stream(m.gradient())).toArray());
    return all;
  }

  /** Twice, with weights that add up to one, as micro-batches do. */
  @ParameterizedTest
  @MethodSource("options")
  void shouldAddUpTheDerivativesByEveryWeight(Kernels.Options options) {
    Map<Precision, Map<String, double[]>> expected =
        Map.of(
            Precision.EXACT,
            derivatives(Precision.EXACT),
            Precision.BF16,
            derivatives(Precision.BF16));
    Map<String, NDArray> found = new LinkedHashMap<>();
    try (Kernels kernels = kernels(options)) {
      Weights encoder = trained(kernels, Network.ENCODER, options.mixed());
      Weights predictor = trained(kernels, Network.PREDICTOR, options.mixed());
      Weights encoderSums = zeros(Network.ENCODER);
      Weights predictorSums = zeros(Network.PREDICTOR);
      NDArray target = kernels.target(target(), positions(), patches(), index(TinyCase.ASKED));
      for (float weight : new float[] {0.25f, 0.75f}) {
        Kernels.recording(
            () -> {
              Pass tokens = context(kernels, encoder);
              Pass predicted = predict(kernels, predictor, tokens.output());
              Loss loss = kernels.loss(predicted.output(), target, manager.create(weight));
              NDArray last = kernels.back(predicted, loss.gradient(), predictor, predictorSums);
              kernels.back(tokens, last, encoder, encoderSums);
              found.put("predictions", predicted.output());
              assertThat(loss.value().getFloat())
                  .isCloseTo(loss(predicted.output(), target), withinPercentage(100 * FLOAT32));
              found.put("tokens", last.div(weight));
              return null;
            });
      }
      put(found, Network.ENCODER, encoderSums);
      put(found, Network.PREDICTOR, predictorSums);

      assertThat(found.keySet()).hasSameElementsAs(expected.get(Precision.EXACT).keySet());
      found.forEach(
          (name, array) ->
              assertMeets(name, array, options, precision -> expected.get(precision).get(name)));
    }
  }

  private static float loss(NDArray predicted, NDArray target) {
    int count = Math.toIntExact(target.size());
    Matrix exact = Matrix.of(1, count, floats(predicted));
    return (float) exact.smoothL1(Matrix.of(1, count, floats(target))).at(0, 0);
  }

  private static void put(Map<String, NDArray> found, Network network, Weights sums) {
    for (boolean matrices : new boolean[] {true, false}) {
      List<Parameter> parameters = TinyCase.parameters(network, matrices);
      List<NDArray> arrays = matrices ? sums.matrices() : sums.vectors();
      for (int i = 0; i < arrays.size(); i++) {
        found.put(parameters.get(i).qualifiedName(), arrays.get(i));
      }
    }
  }

  @Test
  void shouldBeSmoothNearZeroAndAbsoluteBeyondOne() {
    float[] predicted = {0, 0.25f, -0.75f, 1, -1, 1.5f, -4, 3, 0.999f, 1e-3f};
    float[] target = {0, 0, 0, 0, 0, 0, 0, 4.5f, 0, 2e-3f};
    double[] each = {0, 0.03125, 0.28125, 0.5, 0.5, 1, 3.5, 1, 0.4990005, 5e-7};
    double[] slope = {0, 0.25, -0.75, 1, -1, 1, -1, -1, 0.999, -1e-3};
    try (Kernels kernels = kernels()) {
      NDArray weight = manager.create(0.3f);
      Loss loss =
          Kernels.recording(
              () -> kernels.loss(tensor(predicted, 2, 5), tensor(target, 2, 5), weight));

      assertThat(loss.value().getFloat())
          .isCloseTo((float) (Arrays.stream(each).sum() / 10), within(1e-6f));
      double[] gradient = doubles(loss.gradient());
      for (int i = 0; i < slope.length; i++) {
        assertThat(gradient[i]).isCloseTo(0.3 * slope[i] / 10, within(1e-8));
      }
      Matrix exact = Matrix.of(2, 5, predicted).smoothL1(Matrix.of(2, 5, target));
      assertThat(exact.at(0, 0)).isCloseTo(Arrays.stream(each).sum() / 10, within(1e-7));
    }
  }

  /**
   * Loshchilov and Hutter 2019, algorithm 2: decay apart from the gradient, moments free of their
   * start, epsilon outside the root. The gradients are from 1 down to what epsilon drowns.
   */
  @Test
  void shouldMakeTheUpdatesOfAdamw() {
    double rate = 0.01;
    double decay = 0.2;
    double beta1 = 0.9;
    double beta2 = 0.99;
    double epsilon = 1e-6;
    int size = 40;
    float[] start = TinyCase.random("start", size, 1);
    double[] w = IntStream.range(0, size).mapToDouble(i -> start[i]).toArray();
    double[] m = new double[size];
    double[] v = new double[size];
    NDArray weights = manager.create(start);
    NDArray first = manager.zeros(new Shape(size));
    NDArray second = manager.zeros(new Shape(size));
    NDArray plan = manager.create(new double[] {rate, decay, beta1, beta2, epsilon});
    try (Kernels kernels = kernels()) {
      for (int t = 1; t <= 4; t++) {
        float[] gradient = TinyCase.random("gradient " + t, size, 1);
        for (int i = 0; i < size; i++) {
          gradient[i] *= (float) Math.pow(10, -(i % 8));
          m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
          v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
          double mean = m[i] / (1 - Math.pow(beta1, t));
          double square = v[i] / (1 - Math.pow(beta2, t));
          w[i] -= rate * (mean / (Math.sqrt(square) + epsilon) + decay * w[i]);
        }
        kernels.adamw(
            weights, manager.create(gradient), first, second, plan, manager.create((float) t));
        double[] found = doubles(weights);
        double[] firstFound = doubles(first);
        double[] secondFound = doubles(second);
        for (int i = 0; i < size; i++) {
          // Each update rounds a weight of up to 3, which moved by a hundredth.
          assertThat(found[i]).as("weight %d", i).isCloseTo(w[i], within(1e-6 * t));
          assertThat(firstFound[i]).isCloseTo(m[i], within(FLOAT32 * Math.abs(m[i]) + 1e-12));
          assertThat(secondFound[i]).isCloseTo(v[i], within(FLOAT32 * v[i]));
        }
      }
    }
  }

  @Test
  void shouldMoveEachPartOfTheTargetByTheShare() {
    List<float[]> before = List.of(new float[] {1, -2, 3}, new float[] {4});
    List<float[]> to = List.of(new float[] {2, 2, -1}, new float[] {-4});
    List<NDArray> target = before.stream().map(manager::create).toList();
    try (Kernels kernels = kernels()) {
      kernels.ema(target, to.stream().map(manager::create).toList(), manager.create(0.996));

      for (int part = 0; part < 2; part++) {
        double[] found = doubles(target.get(part));
        for (int i = 0; i < found.length; i++) {
          double expected = 0.996 * before.get(part)[i] + 0.004 * to.get(part)[i];
          assertThat(found[i]).isCloseTo(expected, within(1e-6));
        }
      }
    }
  }

  @Test
  void shouldNormaliseBytesAndCutThemIntoPatches() {
    int side = GEOMETRY.imageSize();
    int patch = GEOMETRY.patchSize();
    float[] mean = {120, 110, 100.5f};
    float[] deviation = {60, 55, 50.25f};
    ByteBuffer bytes = ByteBuffer.allocateDirect(IMAGES * side * side * 3);
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) (i * 37));
    }
    NDArray images = manager.create(bytes, new Shape(IMAGES, side, side, 3), DataType.UINT8);
    float[] planes = new float[IMAGES * 3 * side * side];
    float[] expected = new float[planes.length];
    for (int image = 0; image < IMAGES; image++) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          for (int c = 0; c < 3; c++) {
            int value = bytes.get(((image * side + y) * side + x) * 3 + c) & 0xff;
            float normal = (value - mean[c]) / deviation[c];
            planes[((image * 3 + c) * side + y) * side + x] = normal;
            int number = image * GEOMETRY.patches() + y / patch * GEOMETRY.side() + x / patch;
            int within = (c * patch + y % patch) * patch + x % patch;
            expected[number * GEOMETRY.patchElements() + within] = normal;
          }
        }
      }
    }
    try (Kernels kernels = kernels()) {
      NDArray found = kernels.patches(images, manager.create(mean), manager.create(deviation));
      NDArray same = kernels.patchesOfPlanes(tensor(planes, IMAGES, 3, side, side));

      Shape shape = new Shape(IMAGES, GEOMETRY.patches(), GEOMETRY.patchElements());
      assertThat(List.of(found.getShape(), same.getShape())).containsOnly(shape);
      assertThat(floats(same)).isEqualTo(expected);
      assertThat(largest(less(doubles(found), doubles(same)))).isLessThan(1e-6);
    }
  }

  @Test
  void shouldPickPatchesOfEachImageAndPlacesOfATable() {
    try (Kernels kernels = kernels()) {
      double[] picked = doubles(kernels.pick(patches(), index(TinyCase.SEEN)));
      double[] placed = doubles(kernels.places(index(TinyCase.ASKED), positions()));

      assertThat(picked)
          .isEqualTo(joined(IMAGES, image -> tiny.patches(image).rows(TinyCase.SEEN[image])));
      Matrix table = Matrix.of(GEOMETRY.patches(), GEOMETRY.width(), tiny.positions);
      assertThat(placed)
          .isEqualTo(
              joined(
                  BLOCKS * IMAGES,
                  part -> table.rows(TinyCase.ASKED[part / IMAGES][part % IMAGES])));
    }
  }
}
