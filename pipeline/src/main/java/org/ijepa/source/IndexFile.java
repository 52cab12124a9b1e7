package org.ijepa.source;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * An index as a file: {@code IJIX}, version, then gzip of
 *
 * <pre>
 * ignored files, problems
 * whether there are shards, their number (1 where there are none), and for each
 *     its key and size where it is one, the number of its samples, and for each
 *         the bytes that its key shares with the one before, the rest, its size,
 *         and in a shard its offset and label
 * the fingerprint
 * </pre>
 *
 * The fingerprint is computed anew on reading and so checks the whole.
 */
public final class IndexFile {
  private static final int MAGIC = 0x494a4958;
  private static final int VERSION = 2;
  private static final int LONGEST_TEXT = 1 << 16;

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
      out.writeLong(index.ignored());
      out.writeInt(index.problems().size());
      for (String problem : index.problems()) {
        text(out, problem);
      }
      boolean sharded = index.shards().isPresent();
      int shards = index.shards().map(ShardTable::count).orElse(1);
      out.writeBoolean(sharded);
      out.writeInt(shards);
      byte[] last = new byte[0];
      long sample = 0;
      for (int i = 0; i < shards; i++) {
        long samples = index.size();
        if (sharded) {
          ShardTable table = index.shards().get();
          text(out, table.key(i));
          out.writeLong(table.bytes(i));
          samples = table.samples(i);
        }
        out.writeLong(samples);
        for (long end = sample + samples; sample < end; sample++) {
          byte[] key = index.utf8(sample);
          int mismatch = Arrays.mismatch(last, key);
          int shared = mismatch < 0 ? key.length : mismatch;
          out.writeInt(shared);
          out.writeInt(key.length - shared);
          out.write(key, shared, key.length - shared);
          out.writeLong(index.bytes(sample));
          if (sharded) {
            out.writeLong(index.shards().get().offset(sample));
            text(out, index.shards().get().label(sample));
          }
          last = key;
        }
      }
      out.writeUTF(index.fingerprint());
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
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
    } catch (IllegalArgumentException e) {
      throw damaged(file, e.getMessage(), e);
    }
  }

  private static SampleIndex read(DataInputStream from, Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(new GZIPInputStream(from)))) {
      long ignored = in.readLong();
      int problems = in.readInt();
      String[] told = new String[0];
      for (int i = 0; i < problems; i++) {
        told = Arrays.copyOf(told, i + 1);
        told[i] = text(in);
      }
      boolean sharded = in.readBoolean();
      SampleIndex.Builder builder =
          sharded ? SampleIndex.Builder.ofShards() : SampleIndex.Builder.ofImages();
      builder.ignored(ignored);
      for (String problem : told) {
        builder.problem(problem);
      }
      int shards = in.readInt();
      byte[] last = new byte[0];
      for (int i = 0; i < shards; i++) {
        if (sharded) {
          builder.shard(text(in), in.readLong());
        }
        long samples = in.readLong();
        for (long sample = 0; sample < samples; sample++) {
          last = key(in, last);
          long bytes = in.readLong();
          if (sharded) {
            builder.sample(last, in.readLong(), bytes, text(in));
          } else {
            builder.image(last, bytes);
          }
        }
      }
      SampleIndex index = builder.build();
      if (!in.readUTF().equals(index.fingerprint())) {
        throw damaged(file, "its fingerprint is not that of its contents", null);
      }
      // Gzip compares its checksum, which covers problems and labels too, when its end is read.
      if (in.read() >= 0) {
        throw damaged(file, "something follows its end", null);
      }
      return index;
    }
  }

  private static byte[] key(DataInputStream in, byte[] last) throws IOException {
    int shared = in.readInt();
    int rest = in.readInt();
    if (shared < 0 || shared > last.length || rest < 0 || rest > LONGEST_TEXT) {
      throw new IllegalArgumentException("a sample has no sound key");
    }
    byte[] key = Arrays.copyOf(last, shared + rest);
    in.readFully(key, shared, rest);
    return key;
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LONGEST_TEXT) {
      throw new IllegalArgumentException("a text has no sound length");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static SourceException damaged(Path file, String what, Throwable cause) {
    return new SourceException(
        SourceException.Kind.DAMAGED_INDEX,
        "%s: %s; delete it, and the source is listed again".formatted(file, what),
        cause);
  }
}
