package org.ijepa.vit;

/**
 * Floating-point operations of a training step, counted from the shapes of its matrix products, a
 * multiplication and an addition as two. Norms, activations, optimizer and EMA, a few per cent, are
 * left out. The target encoder is counted whole, though of its last block only the tokens of some
 * target are computed.
 *
 * @param target of the target encoder, which is not trained, for one image
 * @param context of the context encoder, forward and backward, for one image
 * @param predictor of the predictor, forward and backward, for one image
 */
public record StepCost(double target, double context, double predictor) {
  /** A backward pass has two products for each of the forward pass. */
  private static final int TRAINED = 3;

  /**
   * The cost for one image.
   *
   * @param contextPatches patches that the context encoder sees
   * @param targets target blocks
   * @param targetPatches patches of a target block
   */
  public static StepCost of(Geometry g, double contextPatches, int targets, double targetPatches) {
    double embed = 2.0 * g.patchElements() * g.width();
    double sequence = contextPatches + targetPatches;
    double predicted =
        (g.predictorDepth() - 1)
                * block(g.predictorWidth(), g.predictorHidden(), sequence, sequence)
            // The last block computes only the targets' tokens.
            + block(g.predictorWidth(), g.predictorHidden(), sequence, targetPatches)
            + 2.0 * g.width() * g.predictorWidth() * targetPatches;
    return new StepCost(
        encoder(g, embed, g.patches()),
        TRAINED * encoder(g, embed, contextPatches),
        TRAINED * (targets * predicted + 2.0 * g.width() * g.predictorWidth() * contextPatches));
  }

  private static double encoder(Geometry g, double embed, double tokens) {
    return embed * tokens + g.depth() * block(g.width(), g.hidden(), tokens, tokens);
  }

  /** A block that sees {@code tokens} and of which {@code wanted} come out. */
  private static double block(double width, double hidden, double tokens, double wanted) {
    double qkv = 3 * width * width * tokens;
    double attention = 2 * width * tokens * wanted;
    double rest = (width * width + 2 * width * hidden) * wanted;
    return 2 * (qkv + attention + rest);
  }

  /** All of it, for one image. */
  public double total() {
    return target + context + predictor;
  }
}
