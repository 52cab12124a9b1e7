package org.ijepa.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * The files of a cache: {@code SOURCE/ab/abcdef…} by the digest of their names, with a folder for
 * each source, and {@code part-…} while one is being written.
 */
final class CacheFolder {
  private static final String PART = "part-";

  /** A file that is being written for longer was left behind by a crash. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path path;
  private final Clock clock;

  /**
   * A whole file.
   *
   * @param source name of its source's folder; there is another's where an earlier version put it
   */
  record Entry(Path file, String source, long bytes, Instant used) {}

  /**
   * What lies there.
   *
   * @param bytes of all whole files
   * @param oldestFirst whole files by the time of their last use, then by name
   */
  record Contents(long bytes, List<Entry> oldestFirst) {}

  private CacheFolder(Path path, Clock clock) {
    this.path = path;
    this.clock = clock;
  }

  static CacheFolder open(Path path, Clock clock) throws IOException {
    Files.createDirectories(path);
    return new CacheFolder(path, clock);
  }

  Path path() {
    return path;
  }

  /** Where the file of a source and a digest, in hexadecimal, is or would be. */
  Path file(String source, String digest) {
    return path.resolve(source).resolve(digest.substring(0, 2)).resolve(digest);
  }

  /** Writes a file that appears whole or not at all, in place of one that may be there. */
  void write(Path file, byte[] header, ByteBuffer bytes) throws IOException {
    Path part = path.resolve(PART + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeAll(channel, ByteBuffer.wrap(header));
        writeAll(channel, bytes);
      }
      Files.setLastModifiedTime(part, FileTime.from(clock.instant()));
      Files.createDirectories(file.getParent());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** All files there are; what a crash has left half-written is deleted. */
  Contents contents() throws IOException {
    Instant now = clock.instant();
    List<Entry> entries = new ArrayList<>();
    long[] bytes = {0};
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Instant used = attributes.lastModifiedTime().toInstant();
            boolean part = file.getFileName().toString().startsWith(PART);
            if (part && Duration.between(used, now).compareTo(ABANDONED) > 0) {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }
            if (!part) {
              bytes[0] += attributes.size();
              String source = path.relativize(file).getName(0).toString();
              entries.add(new Entry(file, source, attributes.size(), used));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              // Another process has evicted it.
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    entries.sort(
        Comparator.comparing(Entry::used).thenComparing(entry -> entry.file().getFileName()));
    return new Contents(bytes[0], entries);
  }
}
