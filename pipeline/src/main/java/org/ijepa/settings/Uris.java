package org.ijepa.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** The forms of address that a store understands. */
final class Uris {
  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://.*", Pattern.DOTALL);

  private Uris() {}

  static void check(String key, String uri) {
    var scheme = SCHEME.matcher(uri);
    if (uri.startsWith("s3:") && !uri.startsWith("s3://")) {
      throw ConfigurationError.of(key, uri, "have two slashes, as in s3://bucket/prefix");
    }
    if (!scheme.matches()) {
      return;
    }
    switch (scheme.group(1)) {
      case "file" -> {
        if (!uri.startsWith("file:///")) {
          throw ConfigurationError.of(key, uri, "have three slashes, as in file:///data/images");
        }
      }
      case "s3" -> {
        String rest = uri.substring("s3://".length());
        if (rest.isEmpty() || rest.startsWith("/")) {
          throw ConfigurationError.of(key, uri, "name a bucket, as in s3://bucket/prefix");
        }
      }
      default ->
          throw ConfigurationError.of(key, uri, "be a folder, file:///path or s3://bucket/prefix");
    }
  }

  static boolean isHttp(String address) {
    try {
      URI uri = new URI(address);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
