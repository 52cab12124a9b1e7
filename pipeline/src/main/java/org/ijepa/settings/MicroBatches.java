package org.ijepa.settings;

import org.ijepa.order.Divisors;

/**
 * The micro-batch that is reckoned with where none is given and no device was tried: a function of
 * the configuration alone.
 */
final class MicroBatches {
  private static final double MOST_BYTES = 4.0 * (1L << 30);

  /**
   * Floats that backward needs of a block for each token and unit of width: norms, q, k, v,
   * attention, residuals.
   */
  private static final int FLOATS_BESIDE_MLP = 8;

  private MicroBatches() {}

  /**
   * The largest divisor of the mask group whose activations are estimated at no more than 4 GiB; at
   * least 1.
   */
  static int auto(int group, ModelSettings model, int grid, MaskSettings mask) {
    return Divisors.largestUpTo(group, (long) (MOST_BYTES / bytesPerImage(model, grid, mask)));
  }

  /**
   * Bytes of fp32 activations that one image leaves in context encoder and predictor, from above.
   */
  private static double bytesPerImage(ModelSettings model, int grid, MaskSettings mask) {
    double patches = (double) grid * grid;
    double context = patches * mask.contextScale().to();
    double predicted = context + patches * mask.targetScale().to();
    ModelSettings.Encoder encoder = model.encoder();
    ModelSettings.Predictor predictor = model.predictor();
    return Float.BYTES
        * (blocks(encoder.depth(), context, encoder.width(), encoder.heads(), model.hidden())
            + mask.targets()
                * blocks(
                    predictor.depth(),
                    predicted,
                    predictor.width(),
                    predictor.heads(),
                    predictor.hidden()));
  }

  private static double blocks(int depth, double tokens, int width, int heads, int hidden) {
    double perToken = FLOATS_BESIDE_MLP * (double) width + 2.0 * hidden + 2.0 * heads * tokens;
    return depth * tokens * perToken;
  }
}
