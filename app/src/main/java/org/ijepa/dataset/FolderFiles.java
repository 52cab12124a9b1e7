package org.ijepa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.run.RunFolder;

/** A new data set in a folder. */
final class FolderFiles implements NewFiles {
  private final Path folder;

  /** Folders that are there for sure. */
  private final Set<Path> made = ConcurrentHashMap.newKeySet();

  FolderFiles(Path folder) {
    this.folder = folder;
  }

  @Override
  public void begin() throws IOException {
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

  @Override
  public void write(String key, byte[] bytes) throws IOException {
    Path file = folder.resolve(key);
    if (!made.contains(file.getParent())) {
      Files.createDirectories(file.getParent());
      made.add(file.getParent());
    }
    Files.write(file, bytes);
  }

  @Override
  public void finish() {
    // Each file was there when its write returned.
  }
}
