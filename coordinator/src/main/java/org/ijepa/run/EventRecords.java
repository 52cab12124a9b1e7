package org.ijepa.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * TensorBoard's event records, written by hand: protocol buffers {@code Event} and {@code Summary}
 * in TFRecord frames.
 *
 * <p>A frame is length (8 bytes, little endian), masked CRC-32C of these 8, data, masked CRC-32C of
 * the data. Of {@code Event} we write wall_time (field 1, double), step (2, varint), file_version
 * (3, string) and summary (5); of {@code Summary} value (1), and of that tag (1) and simple_value
 * (2, float). An event of scalars always states its step, 0 as well; the first record of a file has
 * no step.
 */
final class EventRecords {
  private static final int FRAME = Long.BYTES + 2 * Integer.BYTES;
  private static final int MOST_BYTES = 1 << 20;

  /** More than the tags, lengths and numbers of a message take beside its texts. */
  private static final int OVERHEAD = 64;

  private static final int MASK_DELTA = 0xa282ead8;

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;

  private EventRecords() {}

  static ByteBuffer fileVersion(double seconds) {
    ByteBuffer event = message(0);
    tag(event, EVENT_WALL_TIME, FIXED_64).putDouble(seconds);
    bytes(event, EVENT_FILE_VERSION, "brain.Event:2".getBytes(UTF_8));
    return framed(written(event));
  }

  static ByteBuffer scalars(double seconds, long step, Map<String, Double> scalars) {
    byte[] summary = summary(scalars);
    ByteBuffer event = message(summary.length);
    tag(event, EVENT_WALL_TIME, FIXED_64).putDouble(seconds);
    varint(tag(event, EVENT_STEP, VARINT), step);
    bytes(event, EVENT_SUMMARY, summary);
    return framed(written(event));
  }

  private static byte[] summary(Map<String, Double> scalars) {
    int contents =
        scalars.keySet().stream().mapToInt(name -> 4 * name.length() + 2 * OVERHEAD).sum();
    ByteBuffer summary = message(contents);
    scalars.forEach(
        (name, number) -> {
          byte[] tag = name.getBytes(UTF_8);
          ByteBuffer value = message(tag.length);
          bytes(value, VALUE_TAG, tag);
          tag(value, VALUE_SIMPLE, FIXED_32).putFloat(number.floatValue());
          bytes(summary, SUMMARY_VALUE, written(value));
        });
    return written(summary);
  }

  static ByteBuffer framed(byte[] data) {
    ByteBuffer frame = ByteBuffer.allocate(FRAME + data.length).order(ByteOrder.LITTLE_ENDIAN);
    byte[] length = length(data.length);
    frame.put(length).putInt(maskedCrc(length)).put(data).putInt(maskedCrc(data));
    return frame.flip();
  }

  /** The next record's data, or nothing at the end or at the first that is torn or damaged. */
  static Optional<byte[]> read(DataInputStream in) throws IOException {
    byte[] head = in.readNBytes(Long.BYTES + Integer.BYTES);
    if (head.length < Long.BYTES + Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    long length = header.getLong();
    if (length < 0 || length > MOST_BYTES || header.getInt() != maskedCrc(length(length))) {
      return Optional.empty();
    }
    byte[] data = in.readNBytes((int) length);
    byte[] check = in.readNBytes(Integer.BYTES);
    boolean whole =
        data.length == length
            && check.length == Integer.BYTES
            && ByteBuffer.wrap(check).order(ByteOrder.LITTLE_ENDIAN).getInt() == maskedCrc(data);
    return whole ? Optional.of(data) : Optional.empty();
  }

  /** The step that an event of ours states, or -1 where it states none. */
  static long stepOf(byte[] event) {
    ByteBuffer in = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long tag = readVarint(in);
      if (tag >>> 3 == EVENT_STEP) {
        return readVarint(in);
      }
      switch ((int) (tag & 7)) {
        case VARINT -> readVarint(in);
        case FIXED_64 -> in.position(in.position() + Long.BYTES);
        case FIXED_32 -> in.position(in.position() + Integer.BYTES);
        case BYTES -> {
          int length = (int) readVarint(in);
          in.position(in.position() + length);
        }
        default -> throw new IllegalArgumentException("wire type " + (tag & 7) + " in an event");
      }
    }
    return -1;
  }

  static int maskedCrc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, data.length);
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + MASK_DELTA;
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  private static ByteBuffer message(int contents) {
    return ByteBuffer.allocate(contents + OVERHEAD).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] written(ByteBuffer message) {
    byte[] bytes = new byte[message.flip().remaining()];
    message.get(bytes);
    return bytes;
  }

  private static ByteBuffer tag(ByteBuffer message, int field, int wireType) {
    varint(message, (long) field << 3 | wireType);
    return message;
  }

  private static void bytes(ByteBuffer message, int field, byte[] content) {
    varint(tag(message, field, BYTES), content.length);
    message.put(content);
  }

  private static void varint(ByteBuffer message, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      message.put((byte) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    message.put((byte) rest);
  }

  private static long readVarint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
