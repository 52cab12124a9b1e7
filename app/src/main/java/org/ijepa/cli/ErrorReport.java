package org.ijepa.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.source.SourceException;
import org.ijepa.store.StoreException;

/**
 * An exception as one line for the user and an exit code; the stack trace only where it was asked
 * for.
 */
final class ErrorReport {
  private ErrorReport() {}

  /** Prints {@code ijepa: MESSAGE; HINT} and returns the exit code. */
  static int print(Throwable error, PrintWriter err, boolean debug) {
    Failure failure = failure(error);
    err.println("ijepa: " + failure.line().strip().replaceAll("\\s*\\R\\s*", " "));
    if (debug) {
      error.printStackTrace(err);
    }
    err.flush();
    return failure.exitCode().number();
  }

  static Failure failure(Throwable error) {
    Throwable cause = error;
    while ((cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof UncheckedIOException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Failure known) {
      return known;
    }
    if (cause instanceof IOException io) {
      return new Failure(ExitCode.WRONG_USAGE, message(io), "", io);
    }
    if (cause instanceof StoreException || cause instanceof SourceException) {
      return new Failure(ExitCode.WRONG_USAGE, cause.getMessage(), "", cause);
    }
    return new Failure(
        ExitCode.INTERNAL_ERROR,
        "internal error: " + cause,
        "this is a defect of ijepa: run again with --debug and report what it prints",
        cause);
  }

  /** File exceptions carry the bare path as their message: say what is the matter with it. */
  private static String message(IOException error) {
    if (error instanceof FileSystemException file) {
      String path = file.getFile();
      if (error instanceof NoSuchFileException) {
        return "no such file or folder: " + path;
      }
      if (error instanceof AccessDeniedException) {
        return "no permission to use " + path;
      }
      if (error instanceof FileAlreadyExistsException) {
        return path + " exists already; name another";
      }
      if (error instanceof DirectoryNotEmptyException) {
        return path + " is not empty";
      }
      if (error instanceof NotDirectoryException) {
        return path + " is not a folder";
      }
      return path + ": " + file.getReason();
    }
    if (error instanceof FileNotFoundException) {
      return error.getMessage();
    }
    String text = error.getMessage();
    return text == null || text.isBlank() ? error.getClass().getSimpleName() : text;
  }
}
