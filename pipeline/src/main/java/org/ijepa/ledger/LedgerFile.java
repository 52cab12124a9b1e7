package org.ijepa.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ijepa.file.WholeRecord;

/**
 * A ledger as lines of JSON, {@code ledger.jsonl}: a header, an entry for each committed step, and
 * {@code {"rewound_to": s}} after which the entries of step s and later are void.
 *
 * <p>A line is handed to the operating system when it is appended, so that it outlives the process;
 * after a loss of power the file may lack lines, which {@link #rewrite} puts back. For one thread.
 */
public final class LedgerFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final Optional<String> torn;
  private long nextStep;

  private LedgerFile(Path path, FileChannel channel, Optional<String> torn, long nextStep) {
    this.path = path;
    this.channel = channel;
    this.torn = torn;
    this.nextStep = nextStep;
  }

  /**
   * Opens a run's ledger to append to it, or begins it where there is none. A torn last line is cut
   * off.
   *
   * @throws LedgerFormatException if the file is no ledger or begins with another header
   */
  public static LedgerFile open(Path path, LedgerHeader header) throws IOException {
    long nextStep = 0;
    Optional<String> torn = Optional.empty();
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      long intact = lengthOfWholeLines(channel);
      if (intact == 0) {
        torn = begin(path, channel, LedgerLine.of(header));
      } else {
        LedgerContents contents = read(path);
        if (!contents.header().equals(header)) {
          throw new LedgerFormatException(
              path
                  + " was begun by another run: it has "
                  + contents.header()
                  + ", this run has "
                  + header
                  + "; give this run another folder, or the settings that the other one had");
        }
        nextStep = contents.nextStep();
        torn = contents.torn();
        channel.truncate(intact);
        channel.position(intact);
      }
      return new LedgerFile(path, channel, torn, nextStep);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Reads a ledger's file.
   *
   * @throws LedgerFormatException if it is no ledger; the message names the line
   */
  public static LedgerContents read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return decode(in, path.toString());
    }
  }

  /**
   * Reads a ledger from a stream, which stays open.
   *
   * @param name what messages call it
   * @throws LedgerFormatException if it is no ledger; the message names the line
   */
  public static LedgerContents decode(InputStream in, String name) throws IOException {
    InputStream buffered = new BufferedInputStream(in);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    LedgerHeader header = null;
    List<LedgerEntry> entries = new ArrayList<>();
    long number = 1;
    for (int next = buffered.read(); next >= 0; next = buffered.read()) {
      if (next != '\n') {
        line.write(next);
        continue;
      }
      try {
        JsonNode node = LedgerLine.parse(line.toString(StandardCharsets.UTF_8));
        if (header == null) {
          header = LedgerLine.header(node);
        } else if (LedgerLine.isRewind(node)) {
          long step = LedgerLine.rewoundTo(node);
          entries.removeIf(entry -> entry.step() >= step);
        } else {
          entries.add(LedgerLine.entry(node));
        }
      } catch (JsonProcessingException e) {
        throw new LedgerFormatException(
            name + " line " + number + ": " + e.getOriginalMessage(), e);
      } catch (IllegalArgumentException e) {
        throw new LedgerFormatException(name + " line " + number + ": " + e.getMessage(), e);
      }
      line.reset();
      number++;
    }
    if (header == null) {
      throw new LedgerFormatException(name + " has no header line: it is empty, or no ledger");
    }
    Optional<String> torn =
        line.size() == 0 ? Optional.empty() : Optional.of(line.toString(StandardCharsets.UTF_8));
    return new LedgerContents(header, entries, torn);
  }

  /** The bytes of a ledger that was never rewound. */
  public static byte[] encode(LedgerHeader header, List<LedgerEntry> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(LedgerLine.of(header));
    entries.forEach(entry -> bytes.writeBytes(LedgerLine.of(entry)));
    return bytes.toByteArray();
  }

  /** Puts a ledger in the place of whatever the file holds, whole or not at all. */
  public static void rewrite(Path path, LedgerHeader header, List<LedgerEntry> entries)
      throws IOException {
    Path next = path.resolveSibling(path.getFileName() + ".next");
    try (OutputStream out = Files.newOutputStream(next)) {
      out.write(encode(header, entries));
    } catch (IOException e) {
      Files.deleteIfExists(next);
      throw WholeRecord.named(path, e);
    }
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The torn line that was cut off when the file was opened. */
  public Optional<String> torn() {
    return torn;
  }

  /** The step whose entry is appended next. */
  public long nextStep() {
    return nextStep;
  }

  /**
   * Appends an entry.
   *
   * @throws IllegalArgumentException if it is not that of {@link #nextStep}
   */
  public void append(LedgerEntry entry) throws IOException {
    if (entry.step() != nextStep) {
      throw new IllegalArgumentException(
          "step "
              + entry.step()
              + " cannot be appended to "
              + path
              + ", which goes on with step "
              + nextStep
              + ": rewrite it from the checkpoint");
    }
    WholeRecord.append(channel, path, ByteBuffer.wrap(LedgerLine.of(entry)));
    nextStep++;
  }

  /**
   * Makes the entries of {@code step} and later void.
   *
   * @param step the next step to run, up to {@link #nextStep}
   */
  public void rewind(long step) throws IOException {
    if (step < 0 || step > nextStep) {
      throw new IllegalArgumentException(
          path + " goes on with step " + nextStep + " and cannot be rewound to step " + step);
    }
    WholeRecord.append(channel, path, ByteBuffer.wrap(LedgerLine.rewoundTo(step)));
    nextStep = step;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Writes the header line; only what may be the beginning of one is written over. */
  private static Optional<String> begin(Path path, FileChannel channel, byte[] header)
      throws IOException {
    byte[] found = Files.readAllBytes(path);
    if (!Arrays.equals(found, Arrays.copyOf(header, Math.min(header.length, found.length)))) {
      throw new LedgerFormatException(
          path + " has no header line: it is no ledger, or one that was damaged; move it away");
    }
    WholeRecord.append(channel, path, ByteBuffer.wrap(header));
    return found.length == 0
        ? Optional.empty()
        : Optional.of(new String(found, StandardCharsets.UTF_8));
  }

  private static long lengthOfWholeLines(FileChannel channel) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16);
    for (long end = channel.size(); end > 0; ) {
      long start = Math.max(0, end - block.capacity());
      block.clear().limit((int) (end - start));
      while (block.hasRemaining()) {
        if (channel.read(block, start + block.position()) < 0) {
          throw new IOException("a ledger became shorter while it was read");
        }
      }
      for (int i = block.limit() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return start + i + 1;
        }
      }
      end = start;
    }
    return 0;
  }
}
