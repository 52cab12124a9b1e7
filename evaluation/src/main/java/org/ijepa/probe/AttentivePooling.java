package org.ijepa.probe;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.List;
import org.ijepa.kernel.Kernels;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/**
 * Cross-attention of one learned query over the patches of an image, and a linear layer (B images,
 * N patches, D width, H heads, C classes). As the query is a constant, its product with a head's
 * key projection is one learned vector of D; and as nothing stands between a head's value
 * projection and the linear layer, that is one matrix, too. So a head's weights over patches are
 * softmax(x u), its output is the patches' average by them, and the linear layer sees all heads.
 * Vectors of zero would make it average pooling.
 */
final class AttentivePooling implements AutoCloseable {
  private static final String ENGINE = "PyTorch";

  /** Of the start values; small, so that learning begins near the average. */
  private static final float DEVIATION = 0.02f;

  private final Sizes sizes;
  private final NDManager manager;
  private final NDArray queries;
  private final NDArray weights;
  private final NDArray bias;
  private final Optimizer optimizer;

  /** Width of a patch's features, heads, classes. */
  record Sizes(int width, int heads, int classes) {}

  /** AdamW with a rate that falls by a cosine over so many steps. */
  record Recipe(double rate, double weightDecay, int steps) {}

  AttentivePooling(Sizes sizes, Recipe recipe, RandomKey key) {
    this.sizes = sizes;
    // One thread: sums in the same order on any machine.
    Kernels.prepareThread(1);
    manager = NDManager.newBaseManager(Device.cpu(), ENGINE);
    KeyedRandom random = key.stream();
    queries = parameter(random, sizes.width(), sizes.heads());
    weights = parameter(random, sizes.heads() * sizes.width(), sizes.classes());
    bias = manager.zeros(new Shape(sizes.classes()));
    bias.setRequiresGradient(true);
    optimizer =
        Optimizer.adamW()
            .optLearningRateTracker(
                Tracker.cosine()
                    .setBaseValue((float) recipe.rate())
                    .optFinalValue(0)
                    .setMaxUpdates(recipe.steps())
                    .build())
            .optWeightDecays((float) recipe.weightDecay())
            .build();
  }

  private NDArray parameter(KeyedRandom random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (DEVIATION * random.nextGaussian());
    }
    NDArray array = manager.create(values, new Shape(rows, columns));
    array.setRequiresGradient(true);
    return array;
  }

  /**
   * One step of AdamW on the mean cross-entropy.
   *
   * @param patches B x N x D
   * @param classes B
   */
  void learn(float[] patches, int[] classes) {
    try (NDManager scope = manager.newSubManager();
        GradientCollector collector = Engine.getEngine(ENGINE).newGradientCollector()) {
      NDArray logits = logits(scope, patches, classes.length);
      NDArray truth = scope.create(classes).oneHot(sizes.classes());
      collector.backward(logits.logSoftmax(1).mul(truth).sum().div(-classes.length));
    }
    List<NDArray> parameters = List.of(queries, weights, bias);
    for (int i = 0; i < parameters.size(); i++) {
      try (NDArray gradient = parameters.get(i).getGradient()) {
        optimizer.update(String.valueOf(i), parameters.get(i), gradient);
        gradient.subi(gradient);
      }
    }
  }

  /** The class with the largest logit of each image of B x N x D. */
  int[] classify(float[] patches, int images) {
    try (NDManager scope = manager.newSubManager()) {
      long[] largest = logits(scope, patches, images).argMax(1).toLongArray();
      return Arrays.stream(largest).mapToInt(Math::toIntExact).toArray();
    }
  }

  /** [B, N, D] -> [B, C]. */
  private NDArray logits(NDManager scope, float[] patches, int images) {
    int each = patches.length / images / sizes.width();
    NDArray x = scope.create(patches, new Shape(images, each, sizes.width()));
    NDArray share = x.matMul(queries).softmax(1);
    NDArray pooled = share.transpose(0, 2, 1).matMul(x);
    return pooled.reshape(images, (long) sizes.heads() * sizes.width()).matMul(weights).add(bias);
  }

  @Override
  public void close() {
    manager.close();
  }
}
