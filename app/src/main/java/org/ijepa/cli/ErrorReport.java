package org.ijepa.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerFormatException;
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
      return new Failure(ExitCode.WRONG_USAGE, message(io), hint(io), io);
    }
    if (cause instanceof StoreException store) {
      return new Failure(store.exitCode(), store.getMessage(), store.hint(), store);
    }
    if (cause instanceof SourceException source) {
      return new Failure(ExitCode.WRONG_USAGE, source.getMessage(), source.hint(), source);
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
        return path + " exists already";
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

  /** What a user can do about it, by the kind of exception or else by what it says. */
  private static String hint(IOException error) {
    if (error instanceof NoSuchFileException) {
      return "name one that is there";
    }
    if (error instanceof AccessDeniedException) {
      return "see to its permissions, or name another";
    }
    if (error instanceof FileAlreadyExistsException) {
      return "name another";
    }
    if (error instanceof DirectoryNotEmptyException) {
      return "empty it, or name another";
    }
    if (error instanceof NotDirectoryException) {
      return "name a folder";
    }
    if (error instanceof LedgerFormatException) {
      return "restore it; a run that goes on writes it anew from its checkpoint";
    }
    String text = message(error).toLowerCase(Locale.ROOT);
    if (text.contains("; ")) {
      return "";
    }
    if (text.contains("no such file")) {
      return "name one that is there";
    }
    if (text.contains("permission denied")) {
      return "see to its permissions, or name another";
    }
    if (text.contains("no space") || text.contains("quota")) {
      return "free some space, or choose another place";
    }
    if (text.contains("is a directory")) {
      return "name a file, not a folder";
    }
    if (text.contains("damaged") || text.contains("manifest")) {
      return "restore it, or name another";
    }
    if (text.contains("input/output error")) {
      return "see whether the disk or mount is all right, or name another file";
    }
    if (error instanceof SocketException || text.contains("connection")) {
      return "see whether the other end is up and can be reached, then try again";
    }
    return "--debug shows where it was met";
  }
}
