package org.ijepa.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Writes float32 tensors, declared first and streamed in the order of declaration, so that files
 * larger than memory can be written.
 */
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 20;

  private final ObjectNode header;
  private final List<Source> sources = new ArrayList<>();
  private long bytes;

  /** Where a tensor's values come from. */
  public interface Source {
    /**
     * Hands the tensor's values to {@code sink}, in order.
     *
     * @throws IOException what the sink threw
     */
    void writeTo(Sink sink) throws IOException;
  }

  /** Takes values. */
  public interface Sink {
    /** Takes all that remains in {@code values}. */
    void accept(FloatBuffer values) throws IOException;
  }

  /** A writer with metadata, text by key. */
  public SafetensorsWriter(Map<String, String> metadata) {
    header = new ObjectMapper().createObjectNode();
    ObjectNode node = header.putObject("__metadata__");
    metadata.forEach(node::put);
  }

  /** Declares the next tensor. */
  public void add(String name, List<Long> shape, Source source) {
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    ObjectNode node = header.putObject(name);
    node.put("dtype", "F32");
    ArrayNode extents = node.putArray("shape");
    shape.forEach(extents::add);
    node.putArray("data_offsets").add(bytes).add(bytes + elements * Float.BYTES);
    bytes += elements * Float.BYTES;
    sources.add(source);
  }

  /** Bytes of all values that were declared. */
  public long bytes() {
    return bytes;
  }

  /** As below; nobody hears of it. */
  public void write(OutputStream out) throws IOException {
    write(out, written -> {});
  }

  /**
   * Writes header and values; the stream stays open.
   *
   * @param progress hears how many bytes of the values are written
   */
  public void write(OutputStream out, LongConsumer progress) throws IOException {
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    // The data begin at a multiple of eight bytes, as the format asks; the header may end in
    // spaces.
    int padded = (json.length + 7) / 8 * 8;
    byte[] text = Arrays.copyOf(json, padded);
    Arrays.fill(text, json.length, padded, (byte) ' ');
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).array());
    out.write(text);
    Counting counting = new Counting(out, progress);
    for (Source source : sources) {
      source.writeTo(counting);
    }
    if (counting.written != bytes) {
      throw new IllegalStateException("declared " + bytes + " bytes, got " + counting.written);
    }
  }

  private static final class Counting implements Sink {
    private final OutputStream out;
    private final LongConsumer progress;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    private long written;

    Counting(OutputStream out, LongConsumer progress) {
      this.out = out;
      this.progress = progress;
    }

    @Override
    public void accept(FloatBuffer values) throws IOException {
      while (values.hasRemaining()) {
        int count = Math.min(values.remaining(), CHUNK / Float.BYTES);
        FloatBuffer piece = values.slice().limit(count);
        chunk.clear();
        chunk.asFloatBuffer().put(piece);
        out.write(chunk.array(), 0, count * Float.BYTES);
        values.position(values.position() + count);
        written += (long) count * Float.BYTES;
        progress.accept(written);
      }
    }
  }
}
