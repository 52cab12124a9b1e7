package org.ijepa.failure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/** Why a folder could not be made, in words: the exceptions of files carry little but a path. */
public final class FileReason {
  private FileReason() {}

  /** The reason, to stand in brackets. */
  public static String of(IOException error) {
    if (error instanceof FileSystemException file) {
      if (error instanceof NoSuchFileException) {
        return "nothing can be made in that place";
      }
      if (error instanceof AccessDeniedException) {
        return "no permission to write " + file.getFile();
      }
      if (error instanceof FileAlreadyExistsException) {
        return file.getFile() + " is a file";
      }
      if (error instanceof NotDirectoryException) {
        return file.getFile() + " is not a folder";
      }
      if (file.getReason() != null && !file.getReason().isBlank()) {
        String reason = file.getReason().strip();
        return reason.substring(0, 1).toLowerCase(Locale.ROOT) + reason.substring(1);
      }
    }
    String text = error.getMessage();
    return text == null || text.isBlank() ? "no reason is known" : text;
  }
}
