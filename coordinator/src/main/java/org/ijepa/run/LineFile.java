package org.ijepa.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import org.ijepa.file.Replacement;
import org.ijepa.file.WholeRecord;

/**
 * A text file that grows by whole lines. A line without its line feed was torn by a crash and does
 * not count.
 *
 * <p>Each line is handed to the operating system at once: it outlives the process.
 */
final class LineFile implements AutoCloseable {
  /** Takes one line, without its line feed. */
  interface Reader {
    void line(String line) throws IOException;
  }

  private final Path file;
  private FileChannel channel;

  private LineFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static LineFile open(Path file) throws IOException {
    return new LineFile(file, openToAppend(file));
  }

  private static FileChannel openToAppend(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /** Reads the whole lines of a file. */
  static void read(Path file, Reader reader) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          reader.line(line.toString(UTF_8));
          line.reset();
        } else {
          line.write(next);
        }
      }
    }
  }

  /** Adds a line, whole or not at all. */
  void append(String line) throws IOException {
    WholeRecord.append(channel, file, UTF_8.encode(line + "\n"));
  }

  boolean isEmpty() throws IOException {
    return channel.size() == 0;
  }

  /** Drops all lines but those that {@code keep} accepts, and a torn one, all at once. */
  void retain(Predicate<String> keep) throws IOException {
    Replacement.of(
        file,
        replacement -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(replacement));
          read(
              file,
              line -> {
                if (keep.test(line)) {
                  out.write((line + "\n").getBytes(UTF_8));
                }
              });
          out.flush();
        });
    channel.close();
    channel = openToAppend(file);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
