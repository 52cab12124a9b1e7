package org.ijepa.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import org.ijepa.digest.Sha256;

/** The list of a checkpoint's files, written last: without it the checkpoint does not exist. */
public final class Manifest {
  static final String NAME = "manifest.json";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Manifest() {}

  /**
   * One file.
   *
   * @param sha256 of its content, in hexadecimal
   */
  public record FileEntry(String name, long bytes, String sha256) {
    static FileEntry of(String name, byte[] content) {
      return new FileEntry(name, content.length, Sha256.hex(content));
    }

    static FileEntry of(String name, Path file) throws IOException {
      MessageDigest digest = Sha256.begin();
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return new FileEntry(name, Files.size(file), Sha256.hex(digest));
    }
  }

  static byte[] encode(List<FileEntry> entries) {
    try {
      return JSON.writeValueAsBytes(entries);
    } catch (IOException e) {
      throw new IllegalStateException("a manifest is plain data", e);
    }
  }

  static List<FileEntry> decode(byte[] json) throws IOException {
    return JSON.readValue(json, new TypeReference<List<FileEntry>>() {});
  }
}
