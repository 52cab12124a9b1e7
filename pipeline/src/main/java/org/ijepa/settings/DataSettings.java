package org.ijepa.settings;

import java.util.List;
import java.util.Map;
import org.ijepa.augment.Augmentation;
import org.ijepa.order.Tail;

/**
 * Where images come from and what becomes of them before the model.
 *
 * @param sources of the images; empty where none was given
 * @param fraction share of each source's images that is used
 * @param imageSize side of the model's input, pixels
 * @param tail what becomes of an epoch's last samples
 * @param cropScale share of the area that a crop covers
 * @param cropAspect width over height of a crop
 * @param augmentation what is done to the crops at random
 * @param mean of red, green, blue, as a share of 1
 * @param std deviation of red, green, blue, as a share of 1
 * @param cacheDir folder for what may be worked out again, such as indexes of shards
 * @param cacheLimit bytes of images that are kept there; 0: none
 * @param s3 how to reach the bucket
 */
public record DataSettings(
    List<Source> sources,
    double fraction,
    int imageSize,
    Tail tail,
    Range cropScale,
    Range cropAspect,
    Augmentation augmentation,
    List<Double> mean,
    List<Double> std,
    String cacheDir,
    long cacheLimit,
    S3 s3) {

  /**
   * Where images are.
   *
   * @param uri folder, {@code file://} or {@code s3://bucket/prefix}
   * @param perMille share of the run's images that come from there, in thousandths
   */
  public record Source(String uri, int perMille) {
    /** The share of a source that has no other beside it. */
    public static final int ALL = 1_000;

    public Source {
      Uris.check("data.uri", uri);
    }

    private Map<String, Object> value() {
      return Values.of("uri", uri, "proportion", perMille / (double) ALL);
    }
  }

  /** How a bucket is reached; empty strings mean AWS and its usual chain. */
  public record S3(String endpoint, String region) {
    public S3 {
      if (!endpoint.isEmpty() && !Uris.isHttp(endpoint)) {
        throw ConfigurationError.of(
            "data.s3.endpoint", endpoint, "be empty or like \"http://127.0.0.1:9000\"");
      }
    }
  }

  public DataSettings {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    sources = List.copyOf(sources);
    Check.positive("data.fraction", fraction);
    if (fraction > 1) {
      throw ConfigurationError.of("data.fraction", fraction, "be above 0 and at most 1");
    }
    Check.atLeast("data.cache.limit", cacheLimit, 0);
    if (cacheLimit > 0 && cacheDir.isEmpty()) {
      throw ConfigurationError.of(
          "data.cache.limit",
          cacheLimit,
          "be 0 where data.cache.dir is empty; name a folder there");
    }
    Check.atLeast("data.image-size", imageSize, 1);
    Check.within("data.crop.scale", cropScale, 0, 1);
    Check.within("data.crop.aspect", cropAspect, 0, 1000);
    double jitter = augmentation.colorJitter();
    if (!(jitter >= 0 && jitter <= Augmentation.MOST_JITTER)) {
      throw ConfigurationError.of(
          "data.augment.color-jitter",
          jitter,
          "be between 0 (none) and " + Augmentation.MOST_JITTER);
    }
    channels("data.mean", mean);
    channels("data.std", std);
    std.forEach(deviation -> Check.positive("data.std", deviation));
  }

  /**
   * The sources, for commands that need one.
   *
   * @throws ConfigurationError where none was given
   */
  public List<Source> requiredSources() {
    if (sources.isEmpty()) {
      throw ConfigurationError.about(
          "data.uri",
          "data.uri is not set",
          "say where the images are: --set data.uri=FOLDER or --set data.uri=s3://BUCKET/PREFIX",
          null);
    }
    return sources;
  }

  /** The sources' addresses, for messages. */
  public String addresses() {
    return Check.join(sources.stream().map(Source::uri).toList());
  }

  /** Shares in thousandths, which are part of the meaning where there are several sources. */
  List<Integer> shares() {
    return sources.stream().map(Source::perMille).toList();
  }

  private Object uriValue() {
    return switch (sources.size()) {
      case 0 -> "";
      case 1 -> sources.get(0).uri();
      default -> sources.stream().map(Source::value).toList();
    };
  }

  private static void channels(String key, List<Double> values) {
    if (values.size() != 3) {
      throw ConfigurationError.of(key, values, "be three numbers: red, green, blue");
    }
  }

  Map<String, Object> values() {
    return Values.of(
        "data.uri", uriValue(),
        "data.fraction", fraction,
        "data.image-size", imageSize,
        "data.tail", tail,
        "data.crop.scale", cropScale,
        "data.crop.aspect", cropAspect,
        "data.augment.flip", augmentation.flip(),
        "data.augment.color-jitter", augmentation.colorJitter(),
        "data.augment.blur", augmentation.blur(),
        "data.mean", mean,
        "data.std", std,
        "data.cache.dir", cacheDir,
        "data.cache.limit", cacheLimit,
        "data.s3.endpoint", s3.endpoint(),
        "data.s3.region", s3.region());
  }
}
