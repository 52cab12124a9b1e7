package org.ijepa.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.kernel.Matrix.Precision;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.vit.Geometry;
import org.ijepa.vit.Layout;
import org.ijepa.vit.Parameter;
import org.ijepa.vit.Parameter.Network;

/**
 * Random weights and inputs of a model so small that the plainest code computes it: two images of
 * nine patches, four of them seen, two target blocks of three. No two sizes are alike that might be
 * taken for each other, and the epsilons are large enough to show.
 */
final class TinyCase {
  static final Geometry GEOMETRY = new Geometry(6, 2, 3, 8, 2, 2, 16, 12, 2, 3, 20, 0.01, 0.03);
  static final Layout LAYOUT = Layout.of(GEOMETRY);
  static final int IMAGES = 2;
  static final int[][] SEEN = {{0, 1, 4, 6}, {2, 3, 7, 8}};
  static final int[][][] ASKED = {{{2, 3, 5}, {0, 1, 4}}, {{7, 8, 5}, {4, 5, 6}}};

  /** Weights in training, by qualified name. */
  final Map<String, float[]> trained = weights("trained");

  /** Weights of the target encoder, by the names of the context encoder's. */
  final Map<String, float[]> target = weights("target");

  /** B x N x E. */
  final float[] patches =
      random("patches", IMAGES * GEOMETRY.patches() * GEOMETRY.patchElements(), 1);

  /** N x D. */
  final float[] positions = random("positions", GEOMETRY.patches() * GEOMETRY.width(), 0.7);

  /** N x P. */
  final float[] predictorPositions =
      random("predictor positions", GEOMETRY.patches() * GEOMETRY.predictorWidth(), 0.7);

  private static Map<String, float[]> weights(String purpose) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (Parameter parameter : LAYOUT.parameters()) {
      String name = parameter.qualifiedName();
      boolean vector = parameter.shape().size() == 1;
      float[] numbers =
          random(purpose + " " + name, Math.toIntExact(parameter.size()), vector ? 0.3 : 0.35);
      for (int i = 0; vector && name.endsWith("weight") && i < numbers.length; i++) {
        numbers[i] += 1;
      }
      weights.put(name, numbers);
    }
    return weights;
  }

  static float[] random(String purpose, int count, double deviation) {
    KeyedRandom random = RandomKey.of(1, purpose).stream();
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (deviation * random.nextGaussian());
    }
    return numbers;
  }

  /** Of a tensor [parts, L, columns] one part [L, columns]. */
  static Matrix part(float[] tensor, int parts, int part, int columns) {
    int size = tensor.length / parts;
    float[] numbers = new float[size];
    System.arraycopy(tensor, part * size, numbers, 0, size);
    return Matrix.of(size / columns, columns, numbers);
  }

  Matrix patches(int image) {
    return part(patches, IMAGES, image, GEOMETRY.patchElements());
  }

  /** Matrices as outputs x inputs, vectors as rows. */
  static Map<String, Matrix> matrices(Map<String, float[]> weights) {
    Map<String, Matrix> matrices = new LinkedHashMap<>();
    for (Parameter parameter : LAYOUT.parameters()) {
      boolean row = parameter.shape().get(0) == 1 || parameter.shape().size() == 1;
      int rows = row ? 1 : Math.toIntExact(parameter.shape().get(0));
      float[] numbers = weights.get(parameter.qualifiedName());
      matrices.put(parameter.qualifiedName(), Matrix.of(rows, numbers.length / rows, numbers));
    }
    return matrices;
  }

  NaiveModel model(Precision products, Map<String, Matrix> weights) {
    return new NaiveModel(
        GEOMETRY,
        products,
        weights,
        Matrix.of(GEOMETRY.patches(), GEOMETRY.width(), positions),
        Matrix.of(GEOMETRY.patches(), GEOMETRY.predictorWidth(), predictorPositions));
  }

  /** The model in training. */
  NaiveModel model(Precision products) {
    return model(products, matrices(trained));
  }

  /** What is to be predicted: [M B T, D]. */
  Matrix targets(Precision products) {
    NaiveModel encoder = model(products, matrices(target));
    List<Matrix> targets = new ArrayList<>();
    for (int[][] block : ASKED) {
      for (int image = 0; image < IMAGES; image++) {
        targets.add(encoder.target(patches(image), block[image]));
      }
    }
    return Matrix.stacked(targets);
  }

  /** The context encoder's tokens [K, D] of each image. */
  List<Matrix> tokens(NaiveModel model) {
    List<Matrix> tokens = new ArrayList<>();
    for (int image = 0; image < IMAGES; image++) {
      tokens.add(model.context(patches(image).rows(SEEN[image]), SEEN[image]));
    }
    return tokens;
  }

  /** Predictions [M B T, D] from the tokens. */
  Matrix predictions(NaiveModel model, List<Matrix> tokens) {
    List<Matrix> predictions = new ArrayList<>();
    for (int[][] block : ASKED) {
      for (int image = 0; image < IMAGES; image++) {
        predictions.add(model.prediction(tokens.get(image), SEEN[image], block[image]));
      }
    }
    return Matrix.stacked(predictions);
  }

  /** Parameters of a network that are matrices of products, or those that are not. */
  static List<Parameter> parameters(Network network, boolean matrices) {
    long end = LAYOUT.encoderMatrices() + LAYOUT.predictorMatrices();
    return LAYOUT.parameters(network).stream()
        .filter(parameter -> (parameter.offset() < end) == matrices)
        .toList();
  }
}
