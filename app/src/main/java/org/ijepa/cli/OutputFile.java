package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.failure.FileReason;

/** A file that a command writes when its work is done. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Makes a folder.
   *
   * @throws Failure if nothing can be written into it
   */
  static void prepareFolder(Path folder) {
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new AccessDeniedException(folder.toString());
      }
    } catch (IOException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "nothing can be written into %s (%s)".formatted(folder, FileReason.of(e)),
          "name another folder",
          e);
    }
  }

  /**
   * Makes the file's folder.
   *
   * @throws Failure now, not after the work, if the file cannot be written
   */
  static void prepare(Path file) {
    if (Files.isDirectory(file)) {
      throw new Failure(ExitCode.WRONG_USAGE, file + " is a folder", "name a file");
    }
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(Files.exists(file) ? file : folder)) {
        throw new AccessDeniedException(file.toString());
      }
    } catch (IOException e) {
      throw new Failure(ExitCode.WRONG_USAGE, file + " cannot be written", "name another place", e);
    }
  }
}
