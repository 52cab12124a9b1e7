package org.ijepa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.RunFolder;

/** The folder of a new data set. Files of another one in it would mix with the new ones unseen. */
final class NewFolder {
  private NewFolder() {}

  /**
   * Creates the folder unless it is there and empty.
   *
   * @throws Failure {@link ExitCode#USAGE} if it holds anything, or is no folder
   */
  static void create(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "dataset: " + folder + " is a file",
          "name a folder for the data set");
    }
    RunFolder.create(folder);
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            "dataset: the folder " + folder + " is not empty",
            "name a new folder, or empty this one");
      }
    }
  }
}
