package org.ijepa.batch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Which sample each thread decodes now, in a mapped file that outlives the process however it ends,
 * but for the machine's own end. Two writes into memory a sample. The file is locked while its
 * process lives: one whose lock can be had is {@link Left}. Safe for use from many threads.
 */
public final class DecodeJournal implements AutoCloseable {
  /** Writes nothing down. */
  public static final DecodeJournal NONE = new DecodeJournal(null, null, null, 0);

  private static final String ENDING = ".journal";
  private static final String FORMAT = "ijepa decoding 1 ";

  private static final int MOST_ATTEMPTS = 100;

  /** Of the head; text, filled up with spaces. */
  private static final int HEAD_BYTES = 128;

  /** A cache line, so that threads do not wait for each other. */
  private static final int SLOT_BYTES = 64;

  private final Path file;
  private final FileChannel lock;
  private final MappedByteBuffer slots;
  private final int threads;
  private final AtomicInteger used = new AtomicInteger();
  private final ThreadLocal<Integer> slot = ThreadLocal.withInitial(used::getAndIncrement);

  private DecodeJournal(Path file, FileChannel lock, MappedByteBuffer slots, int threads) {
    this.file = file;
    this.lock = lock;
    this.slots = slots;
    this.threads = threads;
  }

  /**
   * Begins a journal.
   *
   * @param folder for the journals of all processes, made where it is not there
   * @param fingerprint of the samples that are numbered
   * @param threads that decode; of more than these nothing is written down
   */
  public static DecodeJournal begin(Path folder, String fingerprint, int threads)
      throws IOException {
    byte[] head = (FORMAT + fingerprint).getBytes(StandardCharsets.UTF_8);
    if (head.length > HEAD_BYTES) {
      throw new IllegalArgumentException("too long for a journal: " + fingerprint);
    }
    String name = UUID.randomUUID().toString();
    Path begun = folder.resolve(name + ".new");
    Path file = folder.resolve(name + ENDING);
    FileChannel channel = create(begun);
    try {
      if (channel.tryLock() == null) {
        throw new IOException("a new file is locked: " + begun);
      }
      // Written and not only made longer: a full disk must show here, not as a fault of memory.
      ByteBuffer empty = ByteBuffer.allocate(HEAD_BYTES + SLOT_BYTES * threads);
      empty.put(head);
      while (empty.position() < HEAD_BYTES) {
        empty.put((byte) ' ');
      }
      empty.clear();
      while (empty.hasRemaining()) {
        channel.write(empty);
      }
      MappedByteBuffer slots =
          channel.map(FileChannel.MapMode.READ_WRITE, HEAD_BYTES, (long) SLOT_BYTES * threads);
      // It has its name only once it is locked, so that nobody takes it for left.
      Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
      return new DecodeJournal(file, channel, slots, threads);
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(begun);
      throw e;
    }
  }

  /** Whoever leaves the folder last deletes it, perhaps just now. */
  private static FileChannel create(Path file) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Files.createDirectories(file.resolveSibling(""));
      try {
        return FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** This thread begins to decode a sample. */
  public void begin(long sample) {
    put(sample + 1);
  }

  /** This thread has decoded its sample, or given it up. */
  public void end() {
    put(0);
  }

  private void put(long value) {
    if (slots != null) {
      int own = slot.get();
      if (own < threads) {
        slots.putLong(SLOT_BYTES * own, value);
      }
    }
  }

  /** Nobody decodes any more: nothing is left. */
  @Override
  public void close() throws IOException {
    if (slots != null) {
      delete(file);
      lock.close();
    }
  }

  private static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    try {
      Files.delete(file.resolveSibling(""));
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // Others have theirs there, or were as fast.
      return;
    }
  }

  /** The journals of a folder. */
  public static List<Path> all(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
    }
  }

  /**
   * The journal of a process that is gone, locked until it is closed.
   *
   * @param fingerprint of the samples that are numbered; empty where the file is damaged
   * @param samples that were being decoded
   */
  public record Left(Path file, FileChannel lock, String fingerprint, List<Long> samples)
      implements AutoCloseable {

    /** Takes a journal; empty while its process lives, or somebody else has taken it. */
    public static Optional<Left> take(Path file) throws IOException {
      FileChannel channel;
      try {
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
      try {
        if (channel.tryLock() == null) {
          channel.close();
          return Optional.empty();
        }
        return Optional.of(read(file, channel));
      } catch (OverlappingFileLockException e) {
        channel.close();
        return Optional.empty();
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }

    private static Left read(Path file, FileChannel channel) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      String head =
          new String(bytes.array(), 0, Math.min(HEAD_BYTES, bytes.limit()), StandardCharsets.UTF_8);
      if (bytes.limit() < HEAD_BYTES || !head.startsWith(FORMAT)) {
        return new Left(file, channel, "", List.of());
      }
      List<Long> samples = new ArrayList<>();
      for (int at = HEAD_BYTES; at + SLOT_BYTES <= bytes.limit(); at += SLOT_BYTES) {
        long value = bytes.getLong(at);
        if (value > 0) {
          samples.add(value - 1);
        }
      }
      return new Left(file, channel, head.substring(FORMAT.length()).strip(), samples);
    }

    /** All that can be learnt from it is known. */
    public void delete() throws IOException {
      DecodeJournal.delete(file);
    }

    @Override
    public void close() throws IOException {
      lock.close();
    }
  }
}
