package org.ijepa.interchange;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.ijepa.safetensors.SafetensorsWriter.Sink;

/**
 * A file of {@code torch.save}, either a zip or, from before version 1.6, five pickles with the
 * tensors' bytes after them. Tensors are read a piece at a time and become float32.
 */
final class TorchFile implements AutoCloseable {
  private static final int CHUNK = 1 << 20;
  private static final long LARGEST_PICKLE = 1L << 26;

  /** What every file of the old form begins with. */
  private static final String OLD_MAGIC = "119547037146038801333356";

  private final Path path;
  private final Closeable file;
  private final Object root;
  private final Map<String, Region> storages;

  /** The bytes of one storage. */
  private interface Region {
    long bytes();

    /** The expected checksum of all bytes, or -1 where the file has none. */
    long checksum();

    InputStream open() throws IOException;
  }

  private TorchFile(Path path, Closeable file, Object root, Map<String, Region> storages) {
    this.path = path;
    this.file = file;
    this.root = root;
    this.storages = storages;
  }

  /**
   * Opens a file and reads all but the tensors' elements.
   *
   * @throws IOException in one line what is wrong with the file
   */
  static TorchFile open(Path path) throws IOException {
    try {
      byte[] start = start(path);
      if (start.length == 2 && start[0] == 'P' && start[1] == 'K') {
        return zip(path);
      }
      if (start.length == 2 && (start[0] & 0xff) == 0x80) {
        return old(path);
      }
    } catch (ZipException | EOFException e) {
      throw new IOException(path + " is cut off or damaged: " + e.getMessage(), e);
    } catch (IOException | ArithmeticException e) {
      throw new IOException(path + " cannot be read: " + e.getMessage(), e);
    }
    throw new IOException(
        path + " is no PyTorch file; give a .pth.tar as the published code writes it");
  }

  private static byte[] start(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return Channels.newInputStream(channel).readNBytes(2);
    }
  }

  private static TorchFile zip(Path path) throws IOException {
    ZipFile zip = new ZipFile(path.toFile());
    try {
      String folder = null;
      Map<String, Region> storages = new HashMap<>();
      Enumeration<? extends ZipEntry> entries = zip.entries();
      while (entries.hasMoreElements()) {
        String name = entries.nextElement().getName();
        if (name.endsWith("/data.pkl")) {
          folder = name.substring(0, name.length() - "data.pkl".length());
        }
      }
      if (folder == null) {
        throw new IOException("a zip without data.pkl is no PyTorch file");
      }
      checkByteOrder(zip, folder);
      String prefix = folder + "data/";
      zip.stream()
          .filter(entry -> entry.getName().startsWith(prefix))
          .forEach(
              entry ->
                  storages.put(entry.getName().substring(prefix.length()), new Zipped(zip, entry)));
      Object root = CheckpointUnpickler.read(bounded(zip, zip.getEntry(folder + "data.pkl")));
      return new TorchFile(path, zip, root, storages);
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private static void checkByteOrder(ZipFile zip, String folder) throws IOException {
    ZipEntry entry = zip.getEntry(folder + "byteorder");
    if (entry != null) {
      String order =
          new String(zip.getInputStream(entry).readNBytes(16), StandardCharsets.US_ASCII);
      if (!order.equals("little")) {
        throw new IOException("its byte order is not little");
      }
    }
  }

  private static InputStream bounded(ZipFile zip, ZipEntry entry) throws IOException {
    if (entry.getSize() > LARGEST_PICKLE) {
      throw new IOException("a pickle of " + entry.getSize() + " bytes is none of a checkpoint");
    }
    // A zip may say less than it holds.
    byte[] pickle = zip.getInputStream(entry).readNBytes((int) LARGEST_PICKLE);
    return new ByteArrayInputStream(pickle);
  }

  private record Zipped(ZipFile zip, ZipEntry entry) implements Region {
    @Override
    public long bytes() {
      return entry.getSize();
    }

    @Override
    public long checksum() {
      return entry.getCrc();
    }

    @Override
    public InputStream open() throws IOException {
      return zip.getInputStream(entry);
    }
  }

  private static TorchFile old(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      Counting in = new Counting(new BufferedInputStream(Channels.newInputStream(channel)));
      Object magic = CheckpointUnpickler.read(in);
      if (!(magic instanceof Number) || !OLD_MAGIC.equals(magic.toString())) {
        throw new IOException("it is a pickle, but not of PyTorch");
      }
      CheckpointUnpickler.read(in); // version of the form
      CheckpointUnpickler.read(in); // sizes of C's types where it was written
      Object root = CheckpointUnpickler.read(in);
      List<?> keys = list(CheckpointUnpickler.read(in));
      Map<String, Integer> elementBytes = new HashMap<>();
      collect(root, elementBytes, 0);
      Map<String, Region> storages = new HashMap<>();
      long at = in.count;
      for (Object key : keys) {
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (length.hasRemaining()) {
          if (channel.read(length, at + length.position()) < 0) {
            throw new EOFException("it ends before its tensors do");
          }
        }
        long size = Math.multiplyExact(length.getLong(0), elementBytes.getOrDefault(key, 4));
        at += Long.BYTES;
        if (size < 0 || at + size > channel.size()) {
          throw new EOFException("it ends before its tensors do");
        }
        storages.put(String.valueOf(key), new Part(channel, at, size));
        at += size;
      }
      return new TorchFile(path, channel, root, storages);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static List<?> list(Object value) throws IOException {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IOException("it has no list of storages");
  }

  /** Bytes of an element of each storage, from the tensors that lie in it. */
  private static void collect(Object value, Map<String, Integer> into, int depth) {
    if (value instanceof TorchTensor tensor) {
      into.put(tensor.storage(), tensor.type().bytes());
    } else if (value instanceof Map<?, ?> map && depth < 5) {
      map.values().forEach(inner -> collect(inner, into, depth + 1));
    }
  }

  private record Part(FileChannel channel, long begin, long bytes) implements Region {
    @Override
    public long checksum() {
      return -1;
    }

    @Override
    public InputStream open() throws IOException {
      channel.position(begin);
      return new FilterInputStream(Channels.newInputStream(channel)) {
        @Override
        public void close() {
          // The channel is the file's, and is read from again.
        }
      };
    }
  }

  /** Tells how many bytes were taken. */
  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = in.read(into, from, length);
      count += Math.max(0, read);
      return read;
    }
  }

  /** What was saved: maps, lists, texts, numbers and {@link TorchTensor}. */
  Object root() {
    return root;
  }

  /**
   * Hands over a tensor's elements as float32, in order.
   *
   * @throws IOException if the file does not hold what it says
   */
  void read(TorchTensor tensor, Sink sink) throws IOException {
    check(tensor);
    Region region = storages.get(tensor.storage());
    int size = tensor.type().bytes();
    boolean whole = tensor.elements() == tensor.stored() && region.checksum() >= 0;
    CRC32 checksum = new CRC32();
    try (InputStream in = new CheckedInputStream(region.open(), checksum)) {
      in.skipNBytes(tensor.offset() * size);
      copy(in, tensor, sink);
    } catch (EOFException e) {
      throw new IOException(path + " is cut off within storage " + tensor.storage(), e);
    }
    if (whole && checksum.getValue() != region.checksum()) {
      throw new IOException(path + " is damaged: checksum of storage " + tensor.storage());
    }
  }

  /**
   * Shows that the file holds as many bytes as a tensor needs, so that its shape can be trusted.
   *
   * @throws IOException if it does not
   */
  void check(TorchTensor tensor) throws IOException {
    Region region = storages.get(tensor.storage());
    try {
      if (region == null
          || region.bytes() != Math.multiplyExact(tensor.stored(), tensor.type().bytes())) {
        throw new IOException(path + " is damaged: storage " + tensor.storage() + " is not whole");
      }
      if (!tensor.isContiguous()
          || tensor.offset() < 0
          || Math.addExact(tensor.offset(), tensor.elements()) > tensor.stored()) {
        throw new IOException(path + " has a tensor that is not stored in order");
      }
    } catch (ArithmeticException e) {
      throw new IOException(path + " is damaged: a tensor without bounds", e);
    }
  }

  private static void copy(InputStream in, TorchTensor tensor, Sink sink) throws IOException {
    int size = tensor.type().bytes();
    byte[] bytes = new byte[CHUNK];
    float[] values = new float[CHUNK / size];
    for (long left = tensor.elements(); left > 0; ) {
      int count = (int) Math.min(left, values.length);
      if (in.readNBytes(bytes, 0, count * size) < count * size) {
        throw new EOFException();
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count * size).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        values[i] = next(buffer, tensor.type());
      }
      sink.accept(FloatBuffer.wrap(values, 0, count));
      left -= count;
    }
  }

  private static float next(ByteBuffer buffer, TorchTensor.ElementType type) {
    return switch (type) {
      case FLOAT -> buffer.getFloat();
      case DOUBLE -> (float) buffer.getDouble();
      case BFLOAT16 -> Float.intBitsToFloat(buffer.getShort() << 16);
      case HALF -> half(buffer.getShort());
      case LONG -> (float) buffer.getLong();
      case INT -> (float) buffer.getInt();
    };
  }

  /** IEEE half precision; Java 17 has no method for it. */
  static float half(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    float magnitude;
    if (exponent == 0) {
      magnitude = fraction * 0x1p-24f;
    } else if (exponent == 0x1f) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else {
      magnitude = Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
