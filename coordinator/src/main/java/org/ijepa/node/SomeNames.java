package org.ijepa.node;

import java.util.List;
import java.util.stream.Collectors;

/** Names of files in a line for people, which cannot be long. */
final class SomeNames {
  private static final int MOST = 8;

  private SomeNames() {}

  /** The first ones, and whether there are more. */
  static String of(List<String> names, String separator) {
    String more = names.size() > MOST ? separator + "..." : "";
    return names.stream().limit(MOST).collect(Collectors.joining(separator)) + more;
  }
}
