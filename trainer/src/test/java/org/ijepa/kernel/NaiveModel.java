package org.ijepa.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ijepa.kernel.Matrix.Precision;
import org.ijepa.vit.Geometry;

/**
 * The networks as they are published, image by image, token by token, head by head: what the
 * kernels are compared with. K context patches, T patches of a target block, N of an image, D
 * width, P predictor width, E elements of a patch.
 *
 * <p>Of products in bfloat16 it rounds what goes into them and what comes out, and so attention's
 * scores and shares and what GELU makes; nothing else.
 */
final class NaiveModel {
  private final Geometry geometry;
  private final Precision products;
  private final Map<String, Matrix> weights;
  private final Matrix positions;
  private final Matrix predictorPositions;

  /**
   * A model.
   *
   * @param products type of the products' inputs and outputs
   * @param weights by qualified name; matrices outputs x inputs, vectors as rows
   * @param positions [N, D]
   * @param predictorPositions [N, P]
   */
  NaiveModel(
      Geometry geometry,
      Precision products,
      Map<String, Matrix> weights,
      Matrix positions,
      Matrix predictorPositions) {
    this.geometry = geometry;
    this.products = products;
    this.weights = weights;
    this.positions = positions;
    this.predictorPositions = predictorPositions;
  }

  private Matrix linear(String name, Matrix x) {
    Matrix matrix = weights.get(name + ".weight").as(products);
    return x.as(products).linear(matrix, weights.get(name + ".bias").as(products));
  }

  private Matrix norm(String name, Matrix x) {
    return x.norm(weights.get(name + ".weight"), weights.get(name + ".bias"), geometry.normEps());
  }

  /** softmax(Q K^T / sqrt(d)) V of one head, d its width. */
  static Matrix attend(Matrix q, Matrix k, Matrix v) {
    return q.times(k.transposed(), 1 / Math.sqrt(q.columns)).softmax().times(v, 1);
  }

  /** A block on tokens [L, D]; those from {@code first} on come out. */
  Matrix block(String name, Matrix x, int heads, int first) {
    int d = x.columns;
    int width = d / heads;
    Matrix qkv = linear(name + ".attn.qkv", norm(name + ".norm1", x));
    List<Matrix> merged = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      Matrix q = qkv.columns(head * width, width).rowsFrom(first);
      Matrix k = qkv.columns(d + head * width, width);
      Matrix v = qkv.columns(2 * d + head * width, width);
      merged.add(attend(q, k, v));
    }
    Matrix attended = x.rowsFrom(first).plus(linear(name + ".attn.proj", Matrix.beside(merged)));
    Matrix inner = linear(name + ".mlp.fc1", norm(name + ".norm2", attended)).gelu();
    return attended.plus(linear(name + ".mlp.fc2", inner));
  }

  /** Stage i of the context encoder: 0 the patch embedding, then the blocks, then the norm. */
  Matrix encoderStage(int i, Matrix x, int[] seen) {
    if (i == 0) {
      return linear("encoder.patch_embed.proj", x).plus(positions.rows(seen));
    }
    return i > geometry.depth()
        ? norm("encoder.norm", x)
        : block("encoder.blocks." + (i - 1), x, geometry.heads(), 0);
  }

  /**
   * Stage i of the predictor: 0 [K, D] -> [K + T, P], context tokens before mask tokens, then the
   * blocks, the last of which keeps the mask tokens alone, then [T, P] -> [T, D].
   */
  Matrix predictorStage(int i, Matrix x, int[] seen, int[] asked) {
    if (i == 0) {
      Matrix context = linear("predictor.predictor_embed", x).plus(predictorPositions.rows(seen));
      Matrix mask = weights.get("predictor.mask_token").rows(new int[asked.length]);
      return Matrix.stacked(List.of(context, mask.plus(predictorPositions.rows(asked))));
    }
    int depth = geometry.predictorDepth();
    if (i > depth) {
      return linear("predictor.predictor_proj", norm("predictor.predictor_norm", x));
    }
    String name = "predictor.predictor_blocks." + (i - 1);
    return block(name, x, geometry.predictorHeads(), i == depth ? seen.length : 0);
  }

  /** Patches [K, E] of an image that stand at {@code seen} -> [K, D]. */
  Matrix context(Matrix patches, int[] seen) {
    Matrix x = patches;
    for (int i = 0; i < geometry.depth() + 2; i++) {
      x = encoderStage(i, x, seen);
    }
    return x;
  }

  /** Tokens [K, D] of an image -> predictions of one target block [T, D]. */
  Matrix prediction(Matrix tokens, int[] seen, int[] asked) {
    Matrix x = tokens;
    for (int i = 0; i < geometry.predictorDepth() + 2; i++) {
      x = predictorStage(i, x, seen, asked);
    }
    return x;
  }

  /** All patches [N, E] of an image -> what is predicted of one target block [T, D]. */
  Matrix target(Matrix patches, int[] asked) {
    int[] all = new int[patches.rows];
    Arrays.setAll(all, i -> i);
    float[] ones = new float[geometry.width()];
    Arrays.fill(ones, 1);
    Matrix one = Matrix.of(1, ones.length, ones);
    Matrix zero = Matrix.of(1, ones.length, new float[ones.length]);
    return context(patches, all).norm(one, zero, geometry.targetNormEps()).rows(asked);
  }
}
