package org.ijepa.collapse;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a fixed batch says of an encoder. Features are the last block's after its norm, an image's
 * the average of its patches'; targets are features after the layer norm without weights.
 *
 * @param images in the batch
 * @param width D of the encoder
 * @param rank RankMe of the images' features less their mean: how many directions tell images apart
 * @param rawRank RankMe as published, of the features as they are: the mean, which all images
 *     share, counts as one strong direction
 * @param deviation standard deviation per dimension of the images' features at length sqrt(D), mean
 *     over dimensions: 0 where all images are alike
 * @param weakDeviation the same of the dimension that a tenth of all are not above
 * @param imageCosine mean cosine between the features of two images
 * @param patchCosine mean cosine between the features of two patches of an image
 * @param targetVariance of a dimension over all targets, mean over dimensions, at most 1
 * @param positionShare share of that variance that position explains
 * @param loss of the predictor on the batch's second half
 * @param positionLoss of each position's mean target over the first half, in its place
 */
public record CollapseMeasures(
    int images,
    int width,
    double rank,
    double rawRank,
    double deviation,
    double weakDeviation,
    double imageCosine,
    double patchCosine,
    double targetVariance,
    double positionShare,
    double loss,
    double positionLoss) {

  /** The largest rank that this batch can show. */
  public int rankLimit() {
    return Math.min(images, width);
  }

  /** The part of the targets' variance that position does not explain. */
  public double contentVariance() {
    return targetVariance * (1 - positionShare);
  }

  /** Whether every number is one. */
  boolean isFinite() {
    return numbers().values().stream().allMatch(Double::isFinite);
  }

  /** All of it by name, for logs. */
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("images", (double) images);
    numbers.put("rank", rank);
    numbers.put("raw_rank", rawRank);
    numbers.put("rank_limit", (double) rankLimit());
    numbers.put("deviation", deviation);
    numbers.put("weak_deviation", weakDeviation);
    numbers.put("image_cosine", imageCosine);
    numbers.put("patch_cosine", patchCosine);
    numbers.put("target_variance", targetVariance);
    numbers.put("position_share", positionShare);
    numbers.put("content_variance", contentVariance());
    numbers.put("loss", loss);
    numbers.put("position_loss", positionLoss);
    return numbers;
  }

  /** The numbers in one line. */
  String line() {
    return String.format(
        Locale.ROOT,
        "rank %.1f of %d (%.1f with the mean), cosine of images %.3f, of patches %.3f, target variance %.3f,"
            + " %.0f %% of it by position, loss %.4f (by position alone %.4f)",
        rank,
        rankLimit(),
        rawRank,
        imageCosine,
        patchCosine,
        targetVariance,
        100 * positionShare,
        loss,
        positionLoss);
  }

  /** The numbers for people, a line each. */
  public String table() {
    return String.format(
        Locale.ROOT,
        "collapse measures of %d images, width %d%n"
            + "  directions in which images differ   %8.1f  of %d (RankMe less the mean; %.1f with it)%n"
            + "  deviation per dimension             %8.4f  (a tenth of the dimensions: %.4f or less)%n"
            + "  mean cosine between images          %8.4f%n"
            + "  mean cosine between patches         %8.4f%n"
            + "  target variance after layer norm    %8.4f  (1: tokens differ, 0: all alike)%n"
            + "  share that position explains        %8.4f%n"
            + "  left for what images show           %8.4f%n"
            + "  loss of the predictor               %8.4f  (of each position's mean target: %.4f)%n",
        images,
        width,
        rank,
        rankLimit(),
        rawRank,
        deviation,
        weakDeviation,
        imageCosine,
        patchCosine,
        targetVariance,
        positionShare,
        contentVariance(),
        loss,
        positionLoss);
  }
}
