package org.ijepa.vit;

/**
 * Bytes that a replica and its training step take on their device, counted from the shapes of what
 * is kept for the backward passes.
 *
 * @param state weights, their copies for matrix products, gradient, moments and target encoder
 * @param step that a step takes besides, however few images it has
 * @param image that a micro-batch takes at most, for each of its images
 */
public record StepMemory(double state, double step, double image) {
  private static final int FLOAT = 4;
  private static final int BFLOAT16 = 2;

  /** Weights, both moments and gradient of what is trained. */
  private static final int COPIES = 4;

  /** What libraries keep of a process's first step, prepared products above all: 13 to 35 MiB. */
  private static final double LIBRARIES = 24 << 20;

  /** Squares of the width that q, k, v and what comes after attention are made with. */
  private static final double ATTENTION_MATRICES = 4;

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
    Block encoder = new Block(g.width(), g.hidden(), g.heads(), mode.mixed());
    Block predictor =
        new Block(g.predictorWidth(), g.predictorHidden(), g.predictorHeads(), mode.mixed());
    int sequence = context + target;
    double encoderBlock = encoder.kept(context, context);
    double predictorBlock = targets * predictor.kept(sequence, sequence);
    double encoderBack = encoder.back(context);
    double predictorBack = targets * predictor.back(sequence);

    double patches = (double) g.patches() * g.patchElements() * (1 + FLOAT);
    double trained = (FLOAT + product(mode.mixed())) * (double) context * g.patchElements();
    // Targets, predictions and the gradient of these.
    trained += 3.0 * FLOAT * targets * target * g.width();
    if (mode.checkpointing()) {
      trained += FLOAT * (g.depth() + 1.0) * context * g.width();
      trained += FLOAT * (g.predictorDepth() + 1.0) * targets * sequence * g.predictorWidth();
      trained += Math.max(encoderBlock + encoderBack, predictorBlock + predictorBack);
    } else {
      trained += g.depth() * encoderBlock + (g.predictorDepth() - 1) * predictorBlock;
      trained += targets * predictor.kept(sequence, target);
      trained += Math.max(encoderBack, predictorBack);
    }
    double frozen = encoder.kept(g.patches(), g.patches());
    // A block's weights have gradients of their own until these are added, those before them, too.
    double weights = 2 * Math.max(encoder.weights(), predictor.weights());
    return new StepMemory(
        state(g, mode.mixed()), LIBRARIES + weights, patches + Math.max(trained, frozen));
  }

  private static int product(boolean mixed) {
    return mixed ? BFLOAT16 : FLOAT;
  }

  private static double state(Geometry g, boolean mixed) {
    Layout layout = Layout.of(g);
    double copies = mixed ? (double) layout.encoderMatrices() + layout.predictorMatrices() : 0;
    return FLOAT * ((double) COPIES * layout.size() + layout.targetSize()) + BFLOAT16 * copies;
  }

  /** Bytes of a block for one sequence. */
  private record Block(int width, int hidden, int heads, boolean mixed) {
    /**
     * What it keeps: its input and the residual in between in float32; in the type of products both
     * norms, q, k, v, what they attend to, the MLP before and after its activation, and the
     * attention of each query to each token.
     *
     * @param queries tokens that come out of it
     */
    double kept(int tokens, int queries) {
      int product = product(mixed);
      double input = (FLOAT + 4.0 * product) * width;
      double each =
          FLOAT * (double) width + product * (2.0 * width + 2.0 * hidden + (double) heads * tokens);
      return tokens * input + queries * each;
    }

    /**
     * What its way back takes beyond what it keeps and has not given up yet: output and gradient of
     * it, and the gradients of the MLP's inside, or those of attention before and after softmax.
     */
    double back(int tokens) {
      int product = product(mixed);
      double mlp = 2.0 * FLOAT * width + product * ((double) width + hidden);
      double attention =
          FLOAT * (double) width + product * (width + 2.0 * heads * tokens - 2.0 * hidden);
      return tokens * Math.max(mlp, attention);
    }

    /** The gradients of its matrices. */
    double weights() {
      return product(mixed) * (ATTENTION_MATRICES * width * width + 2.0 * width * hidden);
    }
  }

  /** What a step takes over the state, for micro-batches of so many images. */
  public double ofStep(int microBatch) {
    return step + microBatch * image;
  }

  /** All of it for micro-batches of so many images. */
  public double total(int microBatch) {
    return state + ofStep(microBatch);
  }
}
