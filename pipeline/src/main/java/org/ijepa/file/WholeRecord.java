package org.ijepa.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Adds a record to a file whole or not at all: a full disk takes a part of one as well. */
public final class WholeRecord {
  private WholeRecord() {}

  /**
   * Adds one where the channel stands.
   *
   * @throws FileSystemException that names the file
   */
  public static void append(FileChannel channel, Path file, ByteBuffer record) throws IOException {
    try {
      long before = channel.position();
      try {
        while (record.hasRemaining()) {
          channel.write(record);
        }
      } catch (IOException e) {
        takeBack(channel, before, e);
        throw e;
      }
    } catch (IOException e) {
      throw named(file, e);
    }
  }

  private static void takeBack(FileChannel channel, long to, IOException failure) {
    try {
      channel.truncate(to);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** The same failure, with the file in its message. */
  public static FileSystemException named(Path file, IOException failure) {
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    FileSystemException named = new FileSystemException(file.toString(), null, reason);
    named.initCause(failure);
    return named;
  }
}
