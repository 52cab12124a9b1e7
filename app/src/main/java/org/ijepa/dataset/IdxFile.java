package org.ijepa.dataset;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;

/**
 * Reads an idx file of unsigned bytes (format: yann.lecun.com/exdb/mnist), plain or gzipped: two
 * zero bytes, the type 0x08, the number of dimensions, each dimension as a big-endian 32-bit
 * number, the data with the last dimension fastest. Whether it is gzipped is told by its first
 * bytes.
 */
final class IdxFile implements AutoCloseable {
  private static final int UNSIGNED_BYTE_MAGIC = 0x0800;
  private static final int GZIP_MAGIC = 0x1F8B;
  private static final int MOST_DIMENSIONS = 4;
  private static final String DOWNLOAD = "Download or copy the file again.";

  private final Path path;
  private final DataInputStream in;
  private final List<Integer> shape;

  private IdxFile(Path path, DataInputStream in, List<Integer> shape) {
    this.path = path;
    this.in = in;
    this.shape = shape;
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws Failure {@link ExitCode#USAGE} if there is no such file, {@link ExitCode#BAD_DATA} if
   *     it is no idx file of unsigned bytes
   */
  static IdxFile open(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "idx: there is no file " + path,
          "name an idx file, plain or gzipped");
    }
    InputStream raw = Files.newInputStream(path);
    try {
      DataInputStream in = new DataInputStream(unzipped(raw));
      return new IdxFile(path, in, readShape(path, in));
    } catch (EOFException | ZipException e) {
      raw.close();
      throw new Failure(
          ExitCode.BAD_DATA,
          "idx: " + path + " ends, or its compression breaks, in the header",
          DOWNLOAD,
          e);
    } catch (IOException e) {
      raw.close();
      throw new IOException("idx: " + path + " cannot be read: " + e.getMessage(), e);
    } catch (Failure e) {
      raw.close();
      throw e;
    }
  }

  private static InputStream unzipped(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, 1 << 16);
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC ? new BufferedInputStream(new GZIPInputStream(in), 1 << 16) : in;
  }

  private static List<Integer> readShape(Path path, DataInputStream in) throws IOException {
    int magic = in.readInt();
    int dimensions = magic & 0xFF;
    if (magic >>> 8 != UNSIGNED_BYTE_MAGIC >>> 8
        || dimensions < 1
        || dimensions > MOST_DIMENSIONS) {
      throw new Failure(
          ExitCode.BAD_DATA,
          String.format("idx: %s begins with 0x%08x, which no idx file of bytes does", path, magic),
          "images begin with 0x00000803, labels with 0x00000801");
    }
    Integer[] shape = new Integer[dimensions];
    for (int i = 0; i < dimensions; i++) {
      shape[i] = in.readInt();
      if (shape[i] < 0) {
        throw new Failure(
            ExitCode.BAD_DATA,
            String.format("idx: dimension %d of %s is 0x%08x", i, path, shape[i]),
            DOWNLOAD);
      }
    }
    return Arrays.asList(shape);
  }

  /** The dimensions, slowest first. */
  List<Integer> shape() {
    return shape;
  }

  /**
   * Reads the next bytes of the data, all of them. Takes no more memory than the file gives bytes,
   * whatever its header says.
   *
   * @throws Failure {@link ExitCode#BAD_DATA} if the file ends before
   */
  byte[] read(int count) throws IOException {
    try {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new EOFException("after " + bytes.length + " of " + count + " bytes");
      }
      return bytes;
    } catch (EOFException | ZipException e) {
      throw new Failure(
          ExitCode.BAD_DATA,
          "idx: " + path + " ends, or its compression breaks, before the last of " + shape,
          DOWNLOAD,
          e);
    }
  }

  /**
   * Checks that nothing follows the data.
   *
   * @throws Failure {@link ExitCode#BAD_DATA} if something does
   */
  void expectEnd() throws IOException {
    boolean ends;
    try {
      ends = in.read() < 0;
    } catch (EOFException | ZipException e) {
      throw new Failure(
          ExitCode.BAD_DATA, "idx: the compression of " + path + " breaks at its end", DOWNLOAD, e);
    }
    if (!ends) {
      throw new Failure(
          ExitCode.BAD_DATA, "idx: " + path + " goes on after the last of " + shape, DOWNLOAD);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
