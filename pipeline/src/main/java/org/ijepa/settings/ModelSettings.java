package org.ijepa.settings;

import java.util.Locale;

/**
 * Sizes and start of the networks.
 *
 * @param patchSize side of a patch, pixels
 * @param hidden width of the encoder's MLP
 * @param predictorHidden width of the predictor's MLP
 * @param initStd deviation of the normal start values
 * @param depthScaled whether block i's residual weights are divided by sqrt(2 i)
 * @param patchEmbedding how the patch embedding starts
 */
public record ModelSettings(
    int patchSize,
    int width,
    int depth,
    int heads,
    int hidden,
    int predictorWidth,
    int predictorDepth,
    int predictorHeads,
    int predictorHidden,
    double normEps,
    double initStd,
    boolean depthScaled,
    PatchEmbedding patchEmbedding) {

  /** Deviation of the patch embedding's start values. */
  public enum PatchEmbedding {
    /** As every other weight. */
    PUBLISHED,
    /** Times sqrt(768 / inputs of a patch): what 0.02 is for a patch of 16 x 16 x 3. */
    SCALED
  }

  private enum Size {
    TINY(192, 12, 3, 6),
    SMALL(384, 12, 6, 6),
    BASE(768, 12, 12, 6),
    LARGE(1024, 24, 16, 12),
    HUGE(1280, 32, 16, 12),
    GIANT(1408, 40, 16, 16);

    private final int width;
    private final int depth;
    private final int heads;
    private final int predictorDepth;

    Size(int width, int depth, int heads, int predictorDepth) {
      this.width = width;
      this.depth = depth;
      this.heads = heads;
      this.predictorDepth = predictorDepth;
    }
  }

  private record Encoder(int width, int depth, int heads, int predictorDepth, double mlpRatio) {}

  private static final double MLP_RATIO = 4;
  private static final double GIANT_MLP_RATIO = 48.0 / 11;
  private static final String SIZES =
      "give vit-tiny, vit-small, vit-base, vit-large, vit-huge, vit-giant or width/depth/heads, e.g. 192/6/3";

  static ModelSettings read(Section model, Section predictor, Section init, int imageSize) {
    Encoder encoder = encoder(model.text("encoder"));
    int patchSize = model.integer("patch-size", 1);
    if (imageSize % patchSize != 0) {
      int below = Math.max(patchSize, imageSize / patchSize * patchSize);
      throw new ConfigurationError(
          "data.image-size = " + imageSize + " is no multiple of model.patch-size = " + patchSize,
          "the nearest image sizes that fit are " + below + " and " + (below + patchSize));
    }
    divides("model.encoder: heads", encoder.heads(), "width", encoder.width());
    multipleOfFour("model.encoder: width", encoder.width());
    double ratio = model.optionalNumber("mlp-ratio", 1e-3, 100).orElse(encoder.mlpRatio());
    int predictorWidth = predictor.integer("width", 1);
    int heads = predictor.optionalInteger("heads", 1).orElse(encoder.heads());
    divides("model.predictor.heads", heads, "model.predictor.width", predictorWidth);
    multipleOfFour("model.predictor.width", predictorWidth);
    double predictorRatio = predictor.number("mlp-ratio", 1e-3, 100);
    return new ModelSettings(
        patchSize,
        encoder.width(),
        encoder.depth(),
        encoder.heads(),
        (int) (encoder.width() * ratio),
        predictorWidth,
        predictor.optionalInteger("depth", 1).orElse(encoder.predictorDepth()),
        heads,
        (int) (predictorWidth * predictorRatio),
        model.number("norm-eps", 0, 1),
        init.number("std", 0, 10),
        init.flag("depth-scaled"),
        init.choice("patch-embedding", PatchEmbedding.class));
  }

  private static Encoder encoder(String text) {
    for (Size size : Size.values()) {
      if (text.equals("vit-" + size.name().toLowerCase(Locale.ROOT))) {
        double ratio = size == Size.GIANT ? GIANT_MLP_RATIO : MLP_RATIO;
        return new Encoder(size.width, size.depth, size.heads, size.predictorDepth, ratio);
      }
    }
    String[] parts = text.split("/", -1);
    if (parts.length == 3) {
      try {
        int width = Integer.parseInt(parts[0].trim());
        int depth = Integer.parseInt(parts[1].trim());
        int heads = Integer.parseInt(parts[2].trim());
        if (width > 0 && depth > 0 && heads > 0) {
          return new Encoder(width, depth, heads, Size.BASE.predictorDepth, MLP_RATIO);
        }
      } catch (NumberFormatException e) {
        throw new ConfigurationError(
            "model.encoder = " + text + " (" + e.getMessage() + ")", SIZES);
      }
    }
    throw ConfigurationError.of("model.encoder", text, SIZES);
  }

  private static void divides(String divisor, int value, String whole, int of) {
    if (of % value != 0) {
      throw new ConfigurationError(
          divisor + " = " + value + " does not divide " + whole + " = " + of,
          "the nearest that fit are " + Divisors.nearest(of, value));
    }
  }

  private static void multipleOfFour(String key, int value) {
    if (value % 4 != 0) {
      int below = Math.max(4, value / 4 * 4);
      throw new ConfigurationError(
          key + " = " + value + " is no multiple of 4, which the position embedding needs",
          "the nearest that fit are " + below + " and " + (below + 4));
    }
  }
}
