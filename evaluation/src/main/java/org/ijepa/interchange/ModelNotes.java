package org.ijepa.interchange;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ijepa.vit.Geometry;

/**
 * What decides a model's features and no tensor tells. Our {@code .pth.tar} files have it under a
 * key of their own, which the published code does not look at.
 *
 * @param heads attention heads of the encoder
 * @param predictorHeads attention heads of the predictor
 * @param normEps epsilon of every layer norm with weights
 * @param mean per channel, of pixel values 0-1
 * @param deviation per channel, of pixel values 0-1
 */
public record ModelNotes(
    int heads, int predictorHeads, double normEps, List<Double> mean, List<Double> deviation) {
  /** The key in a {@code .pth.tar}. */
  static final String KEY = "ijepa";

  private static final double PUBLISHED_EPS = 1e-6;

  /** Of ImageNet, which the published code normalises with. */
  private static final List<Double> PUBLISHED_MEAN = List.of(0.485, 0.456, 0.406);

  private static final List<Double> PUBLISHED_DEVIATION = List.of(0.229, 0.224, 0.225);

  public ModelNotes {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /** Of a model for images that are normalised so. */
  public static ModelNotes of(Geometry geometry, List<Double> mean, List<Double> deviation) {
    return new ModelNotes(
        geometry.heads(), geometry.predictorHeads(), geometry.normEps(), mean, deviation);
  }

  /** What the published code would do otherwise, and so compute other features; in words. */
  public List<String> unlikePublished() {
    List<String> differences = new ArrayList<>();
    if (predictorHeads != heads) {
      differences.add(
          predictorHeads
              + " heads of the predictor (there as many as of the encoder, "
              + heads
              + ")");
    }
    if (normEps != PUBLISHED_EPS) {
      differences.add("norm-eps " + normEps + " (there " + PUBLISHED_EPS + ")");
    }
    if (!mean.equals(PUBLISHED_MEAN) || !deviation.equals(PUBLISHED_DEVIATION)) {
      differences.add(
          "images normalised by mean "
              + mean
              + " and deviation "
              + deviation
              + " (there ImageNet's)");
    }
    return differences;
  }

  Map<String, Object> entries() {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("heads", heads);
    entries.put("predictor_heads", predictorHeads);
    entries.put("norm_eps", normEps);
    entries.put("mean", new ArrayList<>(mean));
    entries.put("std", new ArrayList<>(deviation));
    return entries;
  }

  /** Of what stands under {@link #KEY}; empty where that is nothing of ours. */
  static Optional<ModelNotes> read(Object value) {
    if (value instanceof Map<?, ?> entries
        && entries.get("heads") instanceof Number heads
        && entries.get("predictor_heads") instanceof Number predictorHeads
        && entries.get("norm_eps") instanceof Number normEps
        && entries.get("mean") instanceof List<?> mean
        && entries.get("std") instanceof List<?> deviation) {
      return Optional.of(
          new ModelNotes(
              heads.intValue(),
              predictorHeads.intValue(),
              normEps.doubleValue(),
              numbers(mean),
              numbers(deviation)));
    }
    return Optional.empty();
  }

  private static List<Double> numbers(List<?> values) {
    return values.stream()
        .filter(Number.class::isInstance)
        .map(value -> ((Number) value).doubleValue())
        .toList();
  }
}
