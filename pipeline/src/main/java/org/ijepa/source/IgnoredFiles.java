package org.ijepa.source;

import java.util.Locale;

/**
 * Files below a source that are neither images nor shards, nor tables of labels.
 *
 * @param count of them
 * @param first by key; empty where there is none
 */
public record IgnoredFiles(long count, String first) {
  static final IgnoredFiles NONE = new IgnoredFiles(0, "");

  /** Such as {@code ", 3 other files are ignored, the first is a.txt"}; empty for none. */
  public String text() {
    return count == 0
        ? ""
        : String.format(
            Locale.ROOT,
            ", %,d other %s ignored, the first is %s",
            count,
            count == 1 ? "file is" : "files are",
            first);
  }
}
