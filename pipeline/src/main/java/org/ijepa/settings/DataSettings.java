package org.ijepa.settings;

import java.util.List;
import java.util.Optional;
import org.ijepa.crop.CropRules;
import org.ijepa.order.Tail;

/**
 * What is trained on.
 *
 * @param uri folder, {@code file://} or {@code s3://bucket/prefix}
 * @param imageSize side of the images that the model sees, pixels
 * @param mean per channel, of pixels in 0…1
 * @param std per channel, of pixels in 0…1
 */
public record DataSettings(
    String uri,
    int imageSize,
    Tail tail,
    CropRules crop,
    List<Double> mean,
    List<Double> std,
    S3Settings s3) {

  /** How S3 is reached. */
  public record S3Settings(Optional<String> endpoint, String region) {}

  static DataSettings read(Section data, Section s3) {
    Section.Range scale = data.range("crop.scale", 1e-6, 1);
    Section.Range aspect = data.range("crop.aspect", 1e-3, 1e3);
    List<Double> mean = data.numbers("mean");
    List<Double> std = data.numbers("std");
    if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(d -> !(d > 0))) {
      throw new ConfigurationError(
          "data.mean = " + mean + ", data.std = " + std,
          "give three numbers each, one for each of red, green and blue, deviations above 0");
    }
    Optional<String> uri = data.optionalText("uri");
    if (uri.isEmpty() || uri.get().isBlank()) {
      throw new ConfigurationError(
          "data.uri is not set",
          "say where the images are: --set data.uri=FOLDER, or s3://bucket/prefix");
    }
    return new DataSettings(
        uri.get(),
        data.integer("image-size", 1),
        data.choice("tail", Tail.class),
        new CropRules(scale.from(), scale.to(), aspect.from(), aspect.to()),
        mean,
        std,
        new S3Settings(s3.optionalText("endpoint"), s3.text("region")));
  }
}
