package org.ijepa.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads tensors by name from a safetensors file, checking every length against the file. */
public final class SafetensorsFile implements AutoCloseable {
  private static final long MAX_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final long dataStart;
  private final Map<String, TensorEntry> entries;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      Path path,
      FileChannel channel,
      long dataStart,
      Map<String, TensorEntry> entries,
      Map<String, String> metadata) {
    this.path = path;
    this.channel = channel;
    this.dataStart = dataStart;
    this.entries = entries;
    this.metadata = metadata;
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws IOException if the file is no safetensors file or is cut off
   */
  public static SafetensorsFile open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, length, 0, path);
      long headerLength = length.getLong(0);
      if (headerLength < 2 || headerLength > Math.min(MAX_HEADER, channel.size() - 8)) {
        throw new IOException(
            path + ": not a safetensors file (header of " + headerLength + " bytes)");
      }
      ByteBuffer header = ByteBuffer.allocate((int) headerLength);
      readFully(channel, header, 8, path);
      long dataStart = 8 + headerLength;
      JsonNode root = new ObjectMapper().readTree(header.array());
      Map<String, TensorEntry> entries = parse(path, root, channel.size() - dataStart);
      Map<String, String> metadata = new LinkedHashMap<>();
      root.path("__metadata__")
          .fields()
          .forEachRemaining(field -> metadata.put(field.getKey(), field.getValue().asText()));
      return new SafetensorsFile(path, channel, dataStart, entries, metadata);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Map<String, TensorEntry> parse(Path path, JsonNode root, long dataBytes)
      throws IOException {
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    var fields = root.fields();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (field.getKey().equals("__metadata__")) {
        continue;
      }
      JsonNode node = field.getValue();
      List<Long> shape = new ArrayList<>();
      node.path("shape").forEach(extent -> shape.add(extent.asLong()));
      TensorEntry entry =
          new TensorEntry(
              node.path("dtype").asText(),
              List.copyOf(shape),
              node.path("data_offsets").path(0).asLong(-1),
              node.path("data_offsets").path(1).asLong(-1));
      boolean fits =
          entry.begin() >= 0
              && entry.end() <= dataBytes
              && entry.end() - entry.begin()
                  == entry.elements() * TensorEntry.bytesOf(entry.type());
      if (!fits) {
        throw new IOException(
            path + ": tensor " + field.getKey() + " does not fit into the file (cut off?)");
      }
      entries.put(field.getKey(), entry);
    }
    return entries;
  }

  /** Names and places of all tensors, in the header's order. */
  public Map<String, TensorEntry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /** The file's metadata, text by key. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** Where a tensor's elements are handed over, in pieces. */
  public interface FloatConsumer {
    /** Takes {@code count} values that begin at element {@code offset} of the tensor. */
    void accept(long offset, float[] values, int count) throws IOException;
  }

  /**
   * Hands over a float32 tensor in pieces.
   *
   * @throws IOException if there is no such tensor, or it is of another type
   */
  public void readFloats(String name, FloatConsumer consumer) throws IOException {
    TensorEntry entry = entry(name, "F32");
    float[] values = new float[CHUNK / Float.BYTES];
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    long count = entry.elements();
    for (long at = 0; at < count; at += values.length) {
      int length = (int) Math.min(values.length, count - at);
      bytes.clear().limit(length * Float.BYTES);
      readFully(channel, bytes, dataStart + entry.begin() + at * Float.BYTES, path);
      bytes.flip().asFloatBuffer().get(values, 0, length);
      consumer.accept(at, values, length);
    }
  }

  /** A whole float32 tensor. */
  public float[] floats(String name) throws IOException {
    float[] all = new float[Math.toIntExact(entry(name, "F32").elements())];
    readFloats(
        name, (offset, values, count) -> System.arraycopy(values, 0, all, (int) offset, count));
    return all;
  }

  /** A whole int64 tensor. */
  public long[] longs(String name) throws IOException {
    TensorEntry entry = entry(name, "I64");
    int bytes = Math.toIntExact(entry.end() - entry.begin());
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, buffer, dataStart + entry.begin(), path);
    long[] values = new long[bytes / Long.BYTES];
    buffer.flip().asLongBuffer().get(values);
    return values;
  }

  /** The tensor's extents. */
  public List<Long> shape(String name) throws IOException {
    return entry(name, null).shape();
  }

  private TensorEntry entry(String name, String type) throws IOException {
    TensorEntry entry = entries.get(name);
    if (entry == null) {
      throw new IOException(path + ": no tensor " + name);
    }
    if (type != null && !entry.type().equals(type)) {
      throw new IOException(path + ": tensor " + name + " is " + entry.type() + ", not " + type);
    }
    return entry;
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long position, Path path)
      throws IOException {
    while (into.hasRemaining()) {
      int read = channel.read(into, position);
      if (read < 0) {
        throw new EOFException(path + ": cut off at byte " + position);
      }
      position += read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
