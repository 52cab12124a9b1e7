package org.ijepa.vit;

/**
 * Bytes that a replica and its training step take on their device, counted from the shapes of what
 * is kept for the backward passes.
 *
 * @param state weights, their copies for matrix products, gradient, moments and target encoder
 * @param image that a micro-batch takes at most, for each of its images
 */
public record StepMemory(double state, double image) {
  private static final int FLOAT = 4;
  private static final int BFLOAT16 = 2;

  /** Weights, both moments and gradient of what is trained. */
  private static final int COPIES = 4;

  /**
   * How a step computes.
   *
   * @param mixed matrix products in bfloat16
   * @param checkpointing keeps the inputs of blocks alone
   */
  public record Mode(boolean mixed, boolean checkpointing) {}

  /**
   * The memory of one replica.
   *
   * @param context patches that the context encoder sees
   * @param targets target blocks
   * @param target patches of a target block
   */
  public static StepMemory of(Geometry g, Mode mode, int context, int targets, int target) {
    int product = mode.mixed() ? BFLOAT16 : FLOAT;
    double sequence = context + target;
    double patches = (double) g.patches() * g.patchElements() * (1 + FLOAT);
    double encoderBlock = block(g.width(), g.hidden(), g.heads(), context, product);
    double predictorBlock =
        targets
            * block(g.predictorWidth(), g.predictorHidden(), g.predictorHeads(), sequence, product);
    double kept = (FLOAT + product) * (double) context * g.patchElements();
    // Targets, predictions and the gradient of these.
    kept += 3.0 * FLOAT * targets * target * g.width();
    if (mode.checkpointing()) {
      kept += FLOAT * (g.depth() + 1.0) * context * g.width();
      kept += FLOAT * (g.predictorDepth() + 1.0) * targets * sequence * g.predictorWidth();
      kept += Math.max(encoderBlock, predictorBlock);
    } else {
      kept += g.depth() * encoderBlock + g.predictorDepth() * predictorBlock;
    }
    // The gradients of what a block keeps are as large again, those of one block at a time.
    double trained = kept + Math.max(encoderBlock, predictorBlock);
    double frozen = block(g.width(), g.hidden(), g.heads(), g.patches(), product);
    return new StepMemory(state(g, mode.mixed()), patches + Math.max(trained, frozen));
  }

  private static double state(Geometry g, boolean mixed) {
    Layout layout = Layout.of(g);
    double copies = mixed ? 2.0 * layout.encoderMatrices() + layout.predictorMatrices() : 0;
    return FLOAT * ((double) COPIES * layout.size() + layout.targetSize()) + BFLOAT16 * copies;
  }

  /**
   * What a block keeps of a sequence: its input and the residual in between in float32; in the type
   * of products both norms, q, k, v, what they attend to, the MLP before and after its activation,
   * and the attention of each token to each.
   */
  private static double block(int width, int hidden, int heads, double tokens, int product) {
    double each =
        2.0 * FLOAT * width + product * (6.0 * width + 2.0 * hidden + (double) heads * tokens);
    return tokens * each;
  }

  /** All of it for micro-batches of so many images. */
  public double total(int microBatch) {
    return state + microBatch * image;
  }
}
