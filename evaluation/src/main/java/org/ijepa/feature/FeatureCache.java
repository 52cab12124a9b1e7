package org.ijepa.feature;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ijepa.digest.Sha256;

/**
 * Features in a folder, for the probe that asks for them again. A file holds those of one set of
 * images under one encoder:
 *
 * <pre>
 * IJFT, version
 * what they are of (length, UTF-8)
 * last blocks side by side, numbers of a row, rows
 * each row: the number of its sample, its float32 values
 * SHA-256 of all before
 * </pre>
 *
 * Numbers are big-endian. The file's name is made of what they are of and of the number of blocks;
 * whoever wants fewer blocks takes the last ones of a file with more. For one thread; several
 * processes may use one folder.
 */
public final class FeatureCache {
  private static final int MAGIC = 0x494a4654;
  private static final int VERSION = 1;
  private static final int DIGEST_BYTES = 32;
  private static final int NAME_LENGTH = 32;
  private static final int BUFFER = 1 << 16;

  /** Numbers of a row, so that its bytes can be counted. */
  private static final int LONGEST = Integer.MAX_VALUE / Float.BYTES;

  private final Path folder;

  /** Features in a folder that is there. */
  public FeatureCache(Path folder) {
    this.folder = folder;
  }

  /** Thrown where a file is there and cannot be used. */
  public static final class DamagedFile extends IOException {
    private static final long serialVersionUID = 1;

    private DamagedFile(Path file, String what, Throwable cause) {
      super(file + ": " + what, cause);
    }
  }

  /** Where features go. */
  public Path file(String what, int layers) {
    String name = Sha256.hex(what.getBytes(StandardCharsets.UTF_8)).substring(0, NAME_LENGTH);
    return folder.resolve(name + "-" + layers + ".features");
  }

  /**
   * The file with these features, or with those of more blocks.
   *
   * @param what they are of, in full: images, encoder, and how they are computed
   * @param layers last blocks side by side
   * @param most blocks that may be in the file: more than {@code layers} only where a row is one
   *     vector a block, not where it is a matrix of patches
   */
  public Optional<Path> find(String what, int layers, int most) {
    for (int more = layers; more <= most; more++) {
      Path file = file(what, more);
      if (Files.exists(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * Reads the features of a file.
   *
   * @param file that {@link #find} found
   * @param layers last blocks side by side
   * @throws DamagedFile if it is not whole, or of something else
   */
  public static Features read(Path file, String what, int layers) throws IOException {
    MessageDigest digest = Sha256.begin();
    try (DataInputStream in =
        new DataInputStream(
            new DigestInputStream(
                new BufferedInputStream(Files.newInputStream(file), BUFFER), digest))) {
      if (in.readInt() != MAGIC || in.readInt() != VERSION) {
        throw new DamagedFile(file, "it does not begin as a file of features does", null);
      }
      byte[] said = what.getBytes(StandardCharsets.UTF_8);
      if (in.readInt() != said.length || !Arrays.equals(in.readNBytes(said.length), said)) {
        throw new DamagedFile(file, "its features are of something else", null);
      }
      int stored = in.readInt();
      int length = in.readInt();
      int count = in.readInt();
      long header = 6L * Integer.BYTES + said.length;
      long each = Long.BYTES + (long) length * Float.BYTES;
      if (stored < layers
          || length < 0
          || length > LONGEST
          || count < 0
          || length % stored != 0
          || Files.size(file) != header + count * each + DIGEST_BYTES) {
        throw new DamagedFile(file, "its length is not what it says of itself", null);
      }
      List<float[]> rows = new ArrayList<>(count);
      List<Long> samples = new ArrayList<>(count);
      ByteBuffer values = ByteBuffer.allocate(length * Float.BYTES);
      float[] row = new float[length];
      for (int i = 0; i < count; i++) {
        samples.add(in.readLong());
        in.readFully(values.array());
        values.asFloatBuffer().get(row);
        rows.add(last(row, stored, layers));
      }
      byte[] found = digest.digest();
      if (!Arrays.equals(found, in.readNBytes(DIGEST_BYTES))) {
        throw new DamagedFile(file, "its checksum is not that of its contents", null);
      }
      return new Features(rows, samples);
    } catch (EOFException e) {
      throw new DamagedFile(file, "it is cut off", e);
    }
  }

  /** Of the features of some blocks side by side, those of the last ones; of a row without, all. */
  private static float[] last(float[] row, int stored, int layers) {
    return Arrays.copyOfRange(row, row.length / stored * (stored - layers), row.length);
  }

  /** Writes features in one step: a reader sees them whole or not at all. Returns the file. */
  public Path write(String what, int layers, Features features) throws IOException {
    Path file = file(what, layers);
    Path temporary = Files.createTempFile(folder, ".features", ".tmp");
    try {
      MessageDigest digest = Sha256.begin();
      try (OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(temporary), BUFFER);
          DataOutputStream out = new DataOutputStream(new DigestOutputStream(bytes, digest))) {
        byte[] said = what.getBytes(StandardCharsets.UTF_8);
        float[][] rows = features.rows();
        int length = rows.length == 0 ? 0 : rows[0].length;
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeInt(said.length);
        out.write(said);
        out.writeInt(layers);
        out.writeInt(length);
        out.writeInt(rows.length);
        ByteBuffer values = ByteBuffer.allocate(length * Float.BYTES);
        for (int i = 0; i < rows.length; i++) {
          out.writeLong(features.samples()[i]);
          values.asFloatBuffer().put(rows[i]);
          out.write(values.array());
        }
        out.flush();
        bytes.write(digest.digest());
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    return file;
  }
}
