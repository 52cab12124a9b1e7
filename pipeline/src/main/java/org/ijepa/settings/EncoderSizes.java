package org.ijepa.settings;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of encoder sizes, and the defaults of what depends on the size. */
final class EncoderSizes {
  private static final List<ModelSettings.Encoder> NAMED =
      List.of(
          new ModelSettings.Encoder("vit-tiny", 192, 12, 3),
          new ModelSettings.Encoder("vit-small", 384, 12, 6),
          new ModelSettings.Encoder("vit-base", 768, 12, 12),
          new ModelSettings.Encoder("vit-large", 1024, 24, 16),
          new ModelSettings.Encoder("vit-huge", 1280, 32, 16),
          new ModelSettings.Encoder("vit-giant", 1408, 40, 16));
  private static final Pattern CUSTOM = Pattern.compile("(\\d{1,6})/(\\d{1,6})/(\\d{1,6})");

  private EncoderSizes() {}

  static ModelSettings.Encoder parse(String key, String text) {
    for (ModelSettings.Encoder size : NAMED) {
      if (size.name().equals(text)) {
        return size;
      }
    }
    Matcher custom = CUSTOM.matcher(text);
    if (!custom.matches()) {
      List<String> names = NAMED.stream().map(ModelSettings.Encoder::name).toList();
      throw ConfigurationError.of(
          key,
          text,
          "be one of "
              + Check.join(names)
              + ", or width/depth/heads such as \"192/6/3\""
              + Nearest.suggestion(text, names));
    }
    return new ModelSettings.Encoder(
        text,
        Integer.parseInt(custom.group(1)),
        Integer.parseInt(custom.group(2)),
        Integer.parseInt(custom.group(3)));
  }

  /** The named size of this width and depth; else empty. */
  static Optional<ModelSettings.Encoder> published(int width, int depth) {
    return NAMED.stream()
        .filter(size -> size.width() == width && size.depth() == depth)
        .findFirst();
  }

  /** The named size, or width/depth/heads. */
  static ModelSettings.Encoder of(int width, int depth, int heads) {
    return NAMED.stream()
        .filter(e -> e.width() == width && e.depth() == depth && e.heads() == heads)
        .findFirst()
        .orElseGet(
            () ->
                new ModelSettings.Encoder(width + "/" + depth + "/" + heads, width, depth, heads));
  }

  static double mlpRatio(ModelSettings.Encoder encoder) {
    return encoder.name().equals("vit-giant") ? 48.0 / 11 : 4;
  }

  /** As published for the named sizes; for others that of the next deeper one. */
  static int predictorDepth(ModelSettings.Encoder encoder) {
    if (encoder.depth() <= 12) {
      return 6;
    }
    return encoder.depth() <= 32 ? 12 : 16;
  }
}
