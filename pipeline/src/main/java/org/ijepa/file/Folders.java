package org.ijepa.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders as a whole. */
public final class Folders {
  private Folders() {}

  /** Deletes a folder with all that is in it, if it is there; links are not followed. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> inmostFirst;
    try (Stream<Path> all = Files.walk(folder)) {
      inmostFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : inmostFirst) {
      Files.deleteIfExists(each);
    }
  }
}
