package org.ijepa.settings;

import java.util.Map;
import java.util.Optional;
import org.ijepa.order.Divisors;

/**
 * The model's geometry and its beginning.
 *
 * @param encoder width, depth and heads of the encoder, as written: a name or {@code
 *     width/depth/heads}
 * @param patchSize side of a patch, pixels
 * @param mlpRatio hidden width of the encoder's MLPs over its width
 * @param normEps eps of every layer norm with weights
 * @param predictor geometry of the predictor
 * @param init initial weights
 */
public record ModelSettings(
    Encoder encoder,
    int patchSize,
    double mlpRatio,
    double normEps,
    Predictor predictor,
    Init init) {

  /**
   * Width, depth and attention heads of the encoder, with the name they are known by, else {@code
   * width/depth/heads}.
   */
  public record Encoder(String name, int width, int depth, int heads) {
    public Encoder {
      Check.atLeast("model.encoder", depth, 1);
      checkWidth("model.encoder", name, width, heads);
    }

    /** An encoder by its sizes, with its name if it has one. */
    public static Encoder of(int width, int depth, int heads) {
      return EncoderSizes.of(width, depth, heads);
    }

    /** The published encoder of this width and depth; else empty. */
    public static Optional<Encoder> published(int width, int depth) {
      return EncoderSizes.published(width, depth);
    }
  }

  /** Width, depth and heads of the predictor, and its MLPs' hidden width over its width. */
  public record Predictor(int width, int depth, int heads, double mlpRatio) {
    public Predictor {
      Check.atLeast("model.predictor.width", width, 1);
      Check.atLeast("model.predictor.depth", depth, 1);
      Check.atLeast("model.predictor.heads", heads, 1);
      checkWidth("model.predictor.width", width, width, heads);
      Check.positive("model.predictor.mlp-ratio", mlpRatio);
      checkHidden("model.predictor.mlp-ratio", mlpRatio, width);
    }

    /** Hidden width of an MLP, rounded down. */
    public int hidden() {
      return (int) (width * mlpRatio);
    }
  }

  /**
   * Initial weights.
   *
   * @param depthScaled divide attention projection and second MLP weight of block i by sqrt(2 i)
   * @param patchEmbedding what the published deviation of the patch embedding, 0.02, is multiplied
   *     by
   * @param checkpoint whose networks and moments the run begins with; empty: random values
   * @param extend checkpoints of the finished run that is gone on from; empty: none
   */
  public record Init(boolean depthScaled, double patchEmbedding, String checkpoint, String extend) {
    public Init {
      Check.positive("model.init.patch-embedding", patchEmbedding);
      if (!checkpoint.isEmpty()) {
        Uris.check("model.init.checkpoint", checkpoint);
      }
      if (!extend.isEmpty()) {
        Uris.check(Settings.EXTEND, extend);
      }
    }
  }

  public ModelSettings {
    Check.atLeast("model.patch-size", patchSize, 1);
    Check.positive("model.mlp-ratio", mlpRatio);
    checkHidden("model.mlp-ratio", mlpRatio, encoder.width());
    Check.positive("model.norm-eps", normEps);
  }

  /** Hidden width of an encoder block's MLP, rounded down. */
  public int hidden() {
    return (int) (encoder.width() * mlpRatio);
  }

  private static void checkWidth(String key, Object shown, int width, int heads) {
    if (width < 1 || heads < 1) {
      throw ConfigurationError.of(key, shown, "have a width and heads of at least 1");
    }
    if (width % heads != 0) {
      throw ConfigurationError.of(
          key,
          shown,
          "have a width that its "
              + heads
              + " heads divide; nearest that fit: "
              + Check.join(Divisors.nearestMultiples(width, lcm(heads, 4))));
    }
    if (width % 4 != 0) {
      throw ConfigurationError.of(
          key,
          shown,
          "have a width that 4 divides (sine and cosine of row and column); nearest that fit: "
              + Check.join(Divisors.nearestMultiples(width, lcm(heads, 4))));
    }
  }

  private static void checkHidden(String key, double ratio, int width) {
    if ((int) (width * ratio) < 1) {
      throw ConfigurationError.of(
          key, ratio, "give a hidden width of at least 1 at width " + width);
    }
  }

  private static int lcm(int a, int b) {
    int product = a * b;
    while (b != 0) {
      int rest = a % b;
      a = b;
      b = rest;
    }
    return product / a;
  }

  Map<String, Object> values() {
    return Values.of(
        "model.encoder",
        encoder.name(),
        "model.patch-size",
        patchSize,
        "model.mlp-ratio",
        mlpRatio,
        "model.norm-eps",
        normEps,
        "model.predictor.width",
        predictor.width(),
        "model.predictor.depth",
        predictor.depth(),
        "model.predictor.heads",
        predictor.heads(),
        "model.predictor.mlp-ratio",
        predictor.mlpRatio(),
        "model.init.depth-scaled",
        init.depthScaled(),
        "model.init.patch-embedding",
        init.patchEmbedding(),
        "model.init.checkpoint",
        init.checkpoint(),
        Settings.EXTEND,
        init.extend());
  }
}
