package org.ijepa.vit;

import java.nio.FloatBuffer;
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
   * Writes the start values of a parameter, a pure function of seed and name, where they belong: no
   * copy of them is made.
   *
   * @param values all elements of the parameter
   */
  public void fill(long seed, Parameter parameter, FloatBuffer values) {
    int size = Math.toIntExact(parameter.size());
    if (values.limit() != size) {
      throw new IllegalArgumentException(
          parameter.name() + " has " + size + " elements, not " + values.limit());
    }
    String name = parameter.name();
    if (parameter.shape().size() == 1) {
      boolean unit = name.contains("norm") && name.endsWith("weight");
      for (int i = 0; i < size; i++) {
        values.put(i, unit ? 1f : 0f);
      }
      return;
    }
    double scale = deviation * factor(parameter);
    RandomKey key = RandomKey.of(seed, "init " + parameter.qualifiedName());
    IntStream.rangeClosed(0, (size - 1) / BLOCK)
        .parallel()
        .forEach(
            block -> {
              KeyedRandom random = key.with(block).stream();
              int end = Math.min(size, (block + 1) * BLOCK);
              for (int i = block * BLOCK; i < end; i++) {
                values.put(i, (float) (scale * random.nextGaussian()));
              }
            });
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
