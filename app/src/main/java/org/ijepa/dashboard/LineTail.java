package org.ijepa.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Reads the whole lines that a file has grown by since a {@link Cursor}. */
final class LineTail {
  /** A cursor knows so many bytes before it. */
  private static final int CHECKED = 256;

  private static final ObjectMapper JSON = new ObjectMapper();

  private LineTail() {}

  /**
   * What a file has grown by.
   *
   * @param objects of the lines that are JSON objects
   * @param next after the last whole line that was read
   * @param more whether bytes were left unread
   */
  record Growth(List<ObjectNode> objects, Cursor next, boolean more) {}

  /**
   * Reads on from a cursor; a file that is not there is an empty one.
   *
   * @param mostBytes read at once; a single line that is longer is not read
   * @return empty where the file is not the one that the cursor was in
   */
  static Optional<Growth> read(Path file, Cursor from, int mostBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      if (size < from.offset() || check(channel, from.offset()) != from.check()) {
        return Optional.empty();
      }
      byte[] bytes = read(channel, from.offset(), (int) Math.min(mostBytes, size - from.offset()));
      int whole = wholeLines(bytes);
      long offset = from.offset() + whole;
      Cursor next = whole == 0 ? from : new Cursor(offset, check(channel, offset));
      return Optional.of(new Growth(objects(bytes, whole), next, whole > 0 && offset < size));
    } catch (NoSuchFileException e) {
      return from.offset() == 0
          ? Optional.of(new Growth(List.of(), from, false))
          : Optional.empty();
    }
  }

  private static int check(FileChannel channel, long offset) throws IOException {
    if (offset == 0) {
      return 0;
    }
    int length = (int) Math.min(CHECKED, offset);
    CRC32C crc = new CRC32C();
    crc.update(read(channel, offset - length, length));
    return (int) crc.getValue();
  }

  private static byte[] read(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int read = 0;
    while (bytes.hasRemaining() && read >= 0) {
      read = channel.read(bytes, offset + bytes.position());
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private static int wholeLines(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  private static List<ObjectNode> objects(byte[] bytes, int length) {
    List<ObjectNode> objects = new ArrayList<>();
    new String(bytes, 0, length, UTF_8)
        .lines()
        .forEach(line -> parse(line).ifPresent(objects::add));
    return objects;
  }

  /** A line that a crash has left unreadable counts as none, as when the run reads it. */
  private static Optional<ObjectNode> parse(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return node instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
