package org.ijepa.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code data.uri} names: all below a root, or certain shards below it.
 *
 * @param root what a store is opened with
 * @param prefix of all shards' keys; empty without shards
 * @param shards keys of the shards; empty for all that is there
 */
record SourceAddress(String root, String prefix, Set<String> shards) {
  private static final int MOST_SHARDS = 1_000_000;
  private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})\\.\\.(\\d{1,9})");

  static SourceAddress everything(String root) {
    return new SourceAddress(root, "", Set.of());
  }

  /**
   * Reads an address: shards are what ends in {@code .tar}, where {@code {000..127}} and {@code
   * {a,b}} stand for each of the texts in turn. A folder is one, whatever its name.
   *
   * @throws SourceException of kind BAD_ADDRESS if braces make no sense
   */
  static SourceAddress parse(String uri) {
    if (!ImageNames.isShard(uri) || isFolder(uri)) {
      return everything(uri);
    }
    int brace = uri.indexOf('{');
    int scheme = uri.indexOf("://");
    int slash = uri.lastIndexOf('/', brace < 0 ? uri.length() : brace);
    boolean s3 = uri.startsWith("s3://");
    // The least that a root has: s3://x or file:///.
    if (scheme >= 0 && slash < scheme + "://".length() + (s3 ? 1 : 0)) {
      throw bad(uri, "names no bucket or folder before its shards");
    }
    boolean top = slash == 0 || (scheme >= 0 && !s3 && slash == scheme + "://".length());
    String root = slash < 0 ? "." : uri.substring(0, top ? slash + 1 : slash);
    String pattern = uri.substring(slash + 1);
    Set<String> shards = new TreeSet<>();
    expand(uri, pattern, shards);
    return new SourceAddress(
        root, brace < 0 ? pattern : pattern.substring(0, brace - slash - 1), shards);
  }

  private static boolean isFolder(String uri) {
    return !uri.contains("://") && !uri.contains("{") && Files.isDirectory(Path.of(uri));
  }

  private static void expand(String uri, String pattern, Set<String> into) {
    Matcher braces = BRACES.matcher(pattern);
    if (!braces.find()) {
      if (pattern.contains("{") || pattern.contains("}")) {
        throw bad(uri, "has a brace without its other one");
      }
      into.add(pattern);
      if (into.size() > MOST_SHARDS) {
        throw bad(uri, "stands for more than " + MOST_SHARDS + " shards");
      }
      return;
    }
    String before = pattern.substring(0, braces.start());
    String after = pattern.substring(braces.end());
    for (String choice : choices(uri, braces.group(1))) {
      expand(uri, before + choice + after, into);
    }
  }

  private static List<String> choices(String uri, String inside) {
    Matcher range = RANGE.matcher(inside);
    if (!range.matches()) {
      if (inside.contains("..") || inside.isEmpty()) {
        throw bad(uri, "has {" + inside + "}, which is neither like {000..127} nor like {a,b}");
      }
      return List.of(inside.split(",", -1));
    }
    int from = Integer.parseInt(range.group(1));
    int to = Integer.parseInt(range.group(2));
    if (from > to || to - from >= MOST_SHARDS) {
      throw bad(uri, "has {" + inside + "}, which does not count up to at most " + MOST_SHARDS);
    }
    String format = "%0" + range.group(1).length() + "d";
    List<String> numbers = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      numbers.add(format.formatted(i));
    }
    return numbers;
  }

  private static SourceException bad(String uri, String what) {
    return new SourceException(SourceException.Kind.BAD_ADDRESS, uri + ": " + what);
  }
}
