package org.ijepa.source;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * An index as a file: {@code IJIX}, version, then gzip of count, ignored, for each sample the bytes
 * that its key shares with the one before, the rest, and its size, and last the fingerprint, which
 * is computed anew on reading and so checks the whole.
 */
public final class IndexFile {
  private static final int MAGIC = 0x494a4958;
  private static final int VERSION = 1;
  private static final int LONGEST_KEY = 1 << 16;

  private IndexFile() {}

  /** Writes the file in one step: a reader sees the old one, the new one or none. */
  public static void save(SampleIndex index, Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path temporary = Files.createTempFile(folder, ".index", ".tmp");
    try {
      try (DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(temporary)))) {
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        write(index, out);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void write(SampleIndex index, DataOutputStream to) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new GZIPOutputStream(to)))) {
      out.writeLong(index.size());
      out.writeLong(index.ignored());
      byte[] last = new byte[0];
      for (long i = 0; i < index.size(); i++) {
        byte[] key = index.utf8(i);
        int shared = Math.max(0, Arrays.mismatch(last, key));
        out.writeInt(shared);
        out.writeInt(key.length - shared);
        out.write(key, shared, key.length - shared);
        out.writeLong(index.bytes(i));
        last = key;
      }
      out.writeUTF(index.fingerprint());
    }
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws SourceException of kind DAMAGED_INDEX if the file is not whole or of another version
   * @throws IOException if it cannot be read at all
   */
  public static SampleIndex load(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != MAGIC) {
        throw damaged(file, "it does not begin as an index does", null);
      }
      int version = in.readInt();
      if (version != VERSION) {
        throw damaged(file, "it is of version %d, not %d".formatted(version, VERSION), null);
      }
      return read(in, file);
    } catch (EOFException | ZipException | UTFDataFormatException e) {
      throw damaged(file, "it is cut off or overwritten", e);
    }
  }

  private static SampleIndex read(DataInputStream from, Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(new GZIPInputStream(from)))) {
      long count = in.readLong();
      long ignored = in.readLong();
      KeyTable.Builder keys = new KeyTable.Builder();
      SizeTable.Builder sizes = new SizeTable.Builder();
      byte[] last = new byte[0];
      for (long i = 0; i < count; i++) {
        int shared = in.readInt();
        int rest = in.readInt();
        if (shared < 0 || shared > last.length || rest < 0 || rest > LONGEST_KEY) {
          throw damaged(file, "sample %d has no sound key".formatted(i), null);
        }
        byte[] key = Arrays.copyOf(last, shared + rest);
        in.readFully(key, shared, rest);
        keys.add(key);
        sizes.add(in.readLong());
        last = key;
      }
      SampleIndex index = new SampleIndex(keys.build(), sizes.build(), ignored);
      if (!in.readUTF().equals(index.fingerprint())) {
        throw damaged(file, "its fingerprint is not that of its contents", null);
      }
      // Gzip compares its checksum, which covers the count of ignored files too, when its end is
      // read.
      if (in.read() >= 0) {
        throw damaged(file, "something follows its end", null);
      }
      return index;
    } catch (IllegalArgumentException keysDoNotAscend) {
      throw damaged(file, "its keys are not in order", keysDoNotAscend);
    }
  }

  private static SourceException damaged(Path file, String what, Throwable cause) {
    return new SourceException(
        SourceException.Kind.DAMAGED_INDEX,
        "%s: %s; delete it, and the source is listed again".formatted(file, what),
        cause);
  }
}
