package org.ijepa.vit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sizes of the context (and target) encoder and of the predictor.
 *
 * @param imageSize side of the square image, pixels
 * @param patchSize side of a square patch, pixels
 * @param channels channels of the image
 * @param width D, width of the encoder's tokens
 * @param depth blocks of the encoder
 * @param heads attention heads of the encoder
 * @param hidden width of the encoder's MLP
 * @param predictorWidth P, width of the predictor's tokens
 * @param predictorDepth blocks of the predictor
 * @param predictorHeads attention heads of the predictor
 * @param predictorHidden width of the predictor's MLP
 * @param normEps epsilon of every layer norm with affine
 * @param targetNormEps epsilon of the layer norm without affine over the targets
 */
public record Geometry(
    int imageSize,
    int patchSize,
    int channels,
    int width,
    int depth,
    int heads,
    int hidden,
    int predictorWidth,
    int predictorDepth,
    int predictorHeads,
    int predictorHidden,
    double normEps,
    double targetNormEps) {

  public Geometry {
    require(imageSize % patchSize == 0, "image size " + imageSize + " by patch " + patchSize);
    require(width % heads == 0, "encoder width " + width + " by heads " + heads);
    require(
        predictorWidth % predictorHeads == 0,
        "predictor width " + predictorWidth + " by heads " + predictorHeads);
    // The sine-cosine table has four equal parts: sines and cosines of columns and of rows.
    require(width % 4 == 0, "encoder width " + width + " by 4");
    require(predictorWidth % 4 == 0, "predictor width " + predictorWidth + " by 4");
  }

  /** The same model, with the same weights, for images of another size. */
  public Geometry forImages(int size) {
    return new Geometry(
        size,
        patchSize,
        channels,
        width,
        depth,
        heads,
        hidden,
        predictorWidth,
        predictorDepth,
        predictorHeads,
        predictorHidden,
        normEps,
        targetNormEps);
  }

  /**
   * In what another model differs, for people: {@code encoder 192/6/3, not 128/4/4; patches of 4,
   * not 8}. Empty if it does not.
   */
  public String differencesFrom(Geometry other) {
    Map<String, String> its = other.described();
    return described().entrySet().stream()
        .filter(entry -> !entry.getValue().equals(its.get(entry.getKey())))
        .map(entry -> entry.getKey() + entry.getValue() + ", not " + its.get(entry.getKey()))
        .collect(Collectors.joining("; "));
  }

  private Map<String, String> described() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("encoder ", width + "/" + depth + "/" + heads);
    parts.put("predictor ", predictorWidth + "/" + predictorDepth + "/" + predictorHeads);
    parts.put("patches of ", Integer.toString(patchSize));
    parts.put("images of ", Integer.toString(imageSize));
    parts.put("channels: ", Integer.toString(channels));
    parts.put("width of the encoder's MLP ", Integer.toString(hidden));
    parts.put("width of the predictor's MLP ", Integer.toString(predictorHidden));
    parts.put("epsilon of layer norms ", Double.toString(normEps));
    parts.put("epsilon of the targets' norm ", Double.toString(targetNormEps));
    return parts;
  }

  /** Patches along a side of the image. */
  public int side() {
    return imageSize / patchSize;
  }

  /** N, patches of an image. */
  public int patches() {
    return side() * side();
  }

  /** E, elements of a patch: channels x side x side. */
  public int patchElements() {
    return channels * patchSize * patchSize;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("does not divide: " + what);
    }
  }
}
