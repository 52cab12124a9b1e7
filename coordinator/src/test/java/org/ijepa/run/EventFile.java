package org.ijepa.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of event files that shares nothing with the writer: bitwise CRC, general protocol
 * buffers.
 */
public final class EventFile {
  /** A record; that of the file's version has no scalars. */
  public record Event(double wallTime, long step, String fileVersion, Map<String, Float> scalars) {}

  private EventFile() {}

  static List<Long> stepsIn(Path folder) throws IOException {
    return read(folder).stream()
        .filter(event -> event.fileVersion().isEmpty())
        .map(Event::step)
        .toList();
  }

  /** All records of the one event file in a folder. */
  public static List<Event> read(Path folder) throws IOException {
    List<Path> files;
    try (var listed = Files.list(folder)) {
      files = listed.filter(file -> file.getFileName().toString().contains("tfevents")).toList();
    }
    if (files.size() != 1) {
      throw new IllegalStateException("event files: " + files);
    }
    return parse(Files.readAllBytes(files.get(0)));
  }

  static List<Event> parse(byte[] bytes) {
    List<Event> events = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int at = in.position();
      int length = Math.toIntExact(in.getLong());
      check(bytes, at, Long.BYTES, in.getInt());
      int data = in.position();
      in.position(data + length);
      check(bytes, data, length, in.getInt());
      events.add(event(in.slice(data, length).order(ByteOrder.LITTLE_ENDIAN)));
    }
    return events;
  }

  private static void check(byte[] bytes, int from, int length, int stored) {
    int crc = ~0;
    for (int i = from; i < from + length; i++) {
      crc ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
      }
    }
    int masked = Integer.rotateRight(~crc, 15) + 0xA282EAD8;
    if (masked != stored) {
      throw new UncheckedIOException(new IOException("checksum at byte " + from));
    }
  }

  private static Event event(ByteBuffer in) {
    double wallTime = 0;
    long step = 0;
    String version = "";
    Map<String, Float> scalars = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      switch ((int) varint(in)) {
        case 1 << 3 | 1 -> wallTime = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = text(in);
        case 5 << 3 | 2 -> {
          ByteBuffer summary = message(in);
          while (summary.hasRemaining()) {
            expect(varint(summary), 1 << 3 | 2);
            ByteBuffer value = message(summary);
            expect(varint(value), 1 << 3 | 2);
            String tag = text(value);
            expect(varint(value), 2 << 3 | 5);
            scalars.put(tag, value.getFloat());
          }
        }
        default -> throw new IllegalStateException("unknown field");
      }
    }
    return new Event(wallTime, step, version, scalars);
  }

  private static void expect(long actual, long expected) {
    if (actual != expected) {
      throw new IllegalStateException("tag " + actual + " instead of " + expected);
    }
  }

  private static ByteBuffer message(ByteBuffer in) {
    int length = (int) varint(in);
    ByteBuffer message = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return message;
  }

  private static String text(ByteBuffer in) {
    return StandardCharsets.UTF_8.decode(message(in)).toString();
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      value |= (next & 0x7FL) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }
}
