package org.ijepa.interchange;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.razorvine.pickle.IObjectPickler;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.Pickler;
import org.ijepa.checkpoint.BytesProgress;
import org.ijepa.safetensors.SafetensorsWriter.Sink;
import org.ijepa.safetensors.SafetensorsWriter.Source;

/**
 * Writes what {@code torch.save} would: a zip with a pickle, and the tensors' bytes in entries of
 * their own that are not compressed and begin at multiples of 64 bytes. Tensors are streamed,
 * twice: the checksum stands before the bytes.
 */
final class TorchFileWriter {
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER = 30;
  private static final int EXTRA_HEADER = 4;
  private static final int CHUNK = 1 << 20;
  private static final String FLOAT_STORAGE = "torch\nFloatStorage\n";

  private final String folder;
  private final Position position;
  private final ZipOutputStream zip;
  private final LongConsumer progress;

  /** Bytes of tensors so far. */
  private long tensorBytes;

  private TorchFileWriter(String folder, OutputStream out, LongConsumer progress) {
    this.folder = folder;
    this.progress = progress;
    position = new Position(out);
    zip = new ZipOutputStream(position);
    zip.setMethod(ZipOutputStream.STORED);
  }

  /** A float32 tensor; without extents a number. */
  record Tensor(List<Long> shape, Source values) {
    Tensor {
      shape = List.copyOf(shape);
    }

    long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /** A Python {@code OrderedDict}; every other map becomes a {@code dict}. */
  record Ordered(Map<String, Object> entries) {
    Ordered {
      entries = Collections.unmodifiableMap(entries);
    }
  }

  /**
   * Writes a file.
   *
   * @param folder name of the folder within the zip, by custom the file's
   * @param root maps, lists, texts, numbers, {@link Ordered} and {@link Tensor}
   * @param progress hears of the tensors' bytes
   */
  static void write(Path file, String folder, Map<String, Object> root, BytesProgress progress)
      throws IOException {
    TensorPickler pickler = new TensorPickler();
    byte[] pickle = pickler.dumps(root);
    long all = pickler.tensors.stream().mapToLong(Tensor::elements).sum() * Float.BYTES;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), CHUNK)) {
      TorchFileWriter writer =
          new TorchFileWriter(folder, out, written -> progress.at(written, all));
      writer.bytes("data.pkl", pickle);
      writer.bytes("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < pickler.tensors.size(); i++) {
        writer.tensor("data/" + i, pickler.tensors.get(i));
      }
      writer.bytes("version", "3\n".getBytes(StandardCharsets.US_ASCII));
      writer.zip.finish();
    }
  }

  private void bytes(String name, byte[] content) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    begin(name, content.length, checksum.getValue());
    zip.write(content);
    zip.closeEntry();
  }

  private void tensor(String name, Tensor tensor) throws IOException {
    CRC32 checksum = new CRC32();
    long[] bytes = new long[1];
    tensor
        .values()
        .writeTo(
            littleEndian(
                (content, count) -> {
                  checksum.update(content, 0, count);
                  bytes[0] += count;
                }));
    if (bytes[0] != tensor.elements() * Float.BYTES) {
      throw new IllegalStateException(name + ": " + bytes[0] + " bytes for " + tensor.shape());
    }
    begin(name, bytes[0], checksum.getValue());
    tensor
        .values()
        .writeTo(
            littleEndian(
                (content, count) -> {
                  zip.write(content, 0, count);
                  tensorBytes += count;
                  progress.accept(tensorBytes);
                }));
    zip.closeEntry();
  }

  private void begin(String name, long size, long checksum) throws IOException {
    ZipEntry entry = new ZipEntry(folder + "/" + name);
    entry.setSize(size);
    entry.setCompressedSize(size);
    entry.setCrc(checksum);
    // The same model gives the same bytes at any time. (Java writes more for the format's first
    // days.)
    entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
    int nameBytes = entry.getName().getBytes(StandardCharsets.UTF_8).length;
    long start = position.written + LOCAL_HEADER + nameBytes + EXTRA_HEADER;
    int padding = (int) ((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);
    ByteBuffer extra = ByteBuffer.allocate(EXTRA_HEADER + padding).order(ByteOrder.LITTLE_ENDIAN);
    extra.put((byte) 'F').put((byte) 'B').putShort((short) padding);
    entry.setExtra(extra.array());
    zip.putNextEntry(entry);
  }

  private interface Bytes {
    void accept(byte[] content, int count) throws IOException;
  }

  private static Sink littleEndian(Bytes to) {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    return values -> {
      while (values.hasRemaining()) {
        int count = Math.min(values.remaining(), CHUNK / Float.BYTES);
        FloatBuffer piece = values.slice().limit(count);
        chunk.clear();
        chunk.asFloatBuffer().put(piece);
        to.accept(chunk.array(), count * Float.BYTES);
        values.position(values.position() + count);
      }
    };
  }

  /** Where the zip stands. */
  private static final class Position extends FilterOutputStream {
    private long written;

    Position(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
      written++;
    }

    @Override
    public void write(byte[] content, int from, int count) throws IOException {
      out.write(content, from, count);
      written += count;
    }
  }

  /** Replaces tensors by calls of PyTorch's function that makes them of a storage. */
  private static final class TensorPickler extends Pickler {
    private final List<Tensor> tensors = new ArrayList<>();

    TensorPickler() {
      super(false);
    }

    @Override
    protected IObjectPickler getCustomPickler(Class<?> type) {
      if (type == Tensor.class) {
        return (value, out, pickler) -> tensor((Tensor) value, out);
      }
      if (type == Ordered.class) {
        return (value, out, pickler) -> ordered((Ordered) value, out);
      }
      return super.getCustomPickler(type);
    }

    private void tensor(Tensor tensor, OutputStream out) throws IOException {
      int number = tensors.size();
      tensors.add(tensor);
      global(out, "torch._utils\n_rebuild_tensor_v2\n");
      out.write(Opcodes.MARK);
      out.write(Opcodes.MARK);
      save("storage");
      global(out, FLOAT_STORAGE);
      save(String.valueOf(number));
      save("cpu");
      save(tensor.elements());
      out.write(Opcodes.TUPLE);
      out.write(Opcodes.BINPERSID);
      save(0);
      save(tensor.shape().toArray());
      save(strides(tensor.shape()));
      save(false);
      ordered(new Ordered(Map.of()), out);
      out.write(Opcodes.TUPLE);
      out.write(Opcodes.REDUCE);
    }

    private static Object[] strides(List<Long> shape) {
      Object[] strides = new Object[shape.size()];
      long stride = 1;
      for (int i = strides.length - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= shape.get(i);
      }
      return strides;
    }

    private void ordered(Ordered map, OutputStream out) throws IOException {
      global(out, "collections\nOrderedDict\n");
      out.write(Opcodes.EMPTY_TUPLE);
      out.write(Opcodes.REDUCE);
      out.write(Opcodes.MARK);
      for (Map.Entry<String, Object> entry : map.entries().entrySet()) {
        save(entry.getKey());
        save(entry.getValue());
      }
      out.write(Opcodes.SETITEMS);
    }

    private static void global(OutputStream out, String moduleAndName) throws IOException {
      out.write(Opcodes.GLOBAL);
      out.write(moduleAndName.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public byte[] dumps(Object root) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      dump(root, bytes);
      return bytes.toByteArray();
    }
  }
}
