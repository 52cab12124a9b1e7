package org.ijepa.settings;

import java.util.List;
import java.util.Map;
import org.ijepa.augment.Augmentation;
import org.ijepa.order.Tail;
import org.ijepa.store.Verify;

/**
 * Where images come from and what becomes of them before the model.
 *
 * @param sources of the images; empty where none was given
 * @param fraction share of each source's images that is used
 * @param imageSize side of the model's input, pixels
 * @param channels that an image has for the model
 * @param tail what becomes of an epoch's last samples
 * @param cropScale share of the area that a crop covers
 * @param cropAspect width over height of a crop
 * @param augmentation what is done to the crops at random
 * @param mean of each channel, as a share of 1
 * @param std deviation of each channel, as a share of 1
 * @param cacheDir folder for what may be worked out again, such as indexes of shards
 * @param cacheLimit bytes of images that are kept there; 0: none
 * @param s3 how to reach the bucket
 */
public record DataSettings(
    List<Source> sources,
    double fraction,
    int imageSize,
    int channels,
    Tail tail,
    Range cropScale,
    Range cropAspect,
    Augmentation augmentation,
    List<Double> mean,
    List<Double> std,
    String cacheDir,
    long cacheLimit,
    S3 s3) {
  private static final int MOST_CHANNELS = 16;

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

  /**
   * How a bucket is reached; empty strings mean AWS and its usual chain.
   *
   * @param verify what is checked against the server's checksums
   */
  public record S3(String endpoint, String region, Verify verify) {
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
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw ConfigurationError.of("data.channels", channels, "be between 1 and " + MOST_CHANNELS);
    }
    checkEach("data.mean", mean, channels, "[0.459]");
    checkEach("data.std", std, channels, "[0.226]");
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

  private static void checkEach(String key, List<Double> values, int channels, String grey) {
    if (values.size() != channels) {
      throw ConfigurationError.of(
          key,
          values,
          channels == 1
              ? "be one number, such as " + grey + ", where data.channels = 1"
              : "be " + channels + " numbers, one for each of data.channels");
    }
  }

  Map<String, Object> values() {
    return Values.of(
        "data.uri", uriValue(),
        "data.fraction", fraction,
        "data.image-size", imageSize,
        "data.channels", channels,
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
        "data.s3.region", s3.region(),
        "data.s3.verify", s3.verify());
  }
}
