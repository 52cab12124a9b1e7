package org.ijepa.vit;

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
