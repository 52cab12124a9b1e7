package org.ijepa.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file replaced at once: whoever looks sees the old one or the new one, also after a crash. */
public final class Replacement {
  /** Writes the new content. */
  public interface Writer {
    void write(FileChannel channel) throws IOException;
  }

  private Replacement() {}

  /** Replaces a file by some bytes. */
  public static void of(Path file, byte[] bytes) throws IOException {
    of(
        file,
        channel -> {
          ByteBuffer rest = ByteBuffer.wrap(bytes);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
        });
  }

  /** Replaces a file. */
  public static void of(Path file, Writer writer) throws IOException {
    Path beside = file.resolveSibling("." + file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      writer.write(channel);
      channel.force(true);
    } catch (IOException e) {
      // On a full disk a part of it is in the way.
      Files.deleteIfExists(beside);
      throw WholeRecord.named(file, e);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
