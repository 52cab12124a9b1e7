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

  private static String ending(String key) {
    int dot = key.lastIndexOf('.');
    return dot > key.lastIndexOf('/') ? key.substring(dot + 1).toLowerCase(Locale.ROOT) : "";
  }
}
