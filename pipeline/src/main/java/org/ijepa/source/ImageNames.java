package org.ijepa.source;

import java.util.Locale;
import java.util.Set;

/** What a file's name says about what it is. */
final class ImageNames {
  private static final Set<String> IMAGES =
      Set.of("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff");

  private ImageNames() {}

  static boolean isImage(String key) {
    return IMAGES.contains(ending(key));
  }

  static boolean isShard(String key) {
    return ending(key).equals("tar");
  }

  /** Whether it holds labels of the images beside it: a table, or scenes as CLEVR has them. */
  static boolean isLabels(String key) {
    String name = key.substring(key.lastIndexOf('/') + 1);
    return name.equals("labels.csv") || name.endsWith("scenes.json");
  }

  private static String ending(String key) {
    int dot = key.lastIndexOf('.');
    return dot > key.lastIndexOf('/') ? key.substring(dot + 1).toLowerCase(Locale.ROOT) : "";
  }
}
