package org.ijepa.vit;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;
import org.ijepa.vit.Parameter.Network;

/**
 * Start values: normal with deviation 0.02 for matrices and the mask token, zero biases, unit
 * norms. (The published cut at plus or minus 2 lies at a hundred deviations: nothing is cut.)
 *
 * @param deviation of the normal distribution
 * @param depthScaled whether attention projection and second MLP matrix of block i, from 1, are
 *     divided by sqrt(2 i)
 * @param patchEmbedding what the patch embedding's deviation is multiplied by
 */
public record Initialisation(double deviation, boolean depthScaled, double patchEmbedding) {
  /** Values that one key's stream gives, so that large tensors are filled by all cores. */
  private static final int BLOCK = 1 << 14;

  /** As the published models began. */
  public static final Initialisation PUBLISHED = new Initialisation(0.02, false, 1);

  /**
   * The start values of a parameter: a pure function of seed and name.
   *
   * @return as many values as the parameter has elements
   */
  public float[] values(long seed, Parameter parameter) {
    float[] values = new float[Math.toIntExact(parameter.size())];
    String name = parameter.name();
    if (parameter.shape().size() == 1) {
      boolean unit = name.contains("norm") && name.endsWith("weight");
      Arrays.fill(values, unit ? 1f : 0f);
      return values;
    }
    double scale = deviation * factor(parameter);
    RandomKey key = RandomKey.of(seed, "init " + parameter.qualifiedName());
    IntStream.rangeClosed(0, (values.length - 1) / BLOCK)
        .parallel()
        .forEach(
            block -> {
              KeyedRandom random = key.with(block).stream();
              int end = Math.min(values.length, (block + 1) * BLOCK);
              for (int i = block * BLOCK; i < end; i++) {
                values[i] = (float) (scale * random.nextGaussian());
              }
            });
    return values;
  }

  private double factor(Parameter parameter) {
    String name = parameter.name();
    if (parameter.network() == Network.ENCODER && name.startsWith("patch_embed.")) {
      return patchEmbedding;
    }
    boolean residual = name.endsWith("attn.proj.weight") || name.endsWith("mlp.fc2.weight");
    if (depthScaled && residual) {
      int block = Integer.parseInt(name.split("\\.", -1)[1]) + 1;
      return 1 / StrictMath.sqrt(2.0 * block);
    }
    return 1;
  }
}
