package org.ijepa.interchange;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.safetensors.SafetensorsWriter.Source;

/** Values on their way from one file to another, a piece at a time. */
final class Tensors {
  private Tensors() {}

  /** What writes a file. */
  interface FileWriter {
    void write(Path file) throws IOException;
  }

  /** A whole tensor of a file. */
  static Source of(SafetensorsFile file, String name) {
    return sink ->
        file.readFloats(
            name, (at, values, count) -> sink.accept(FloatBuffer.wrap(values, 0, count)));
  }

  /** Elements [from, from + count) of a tensor of a file. */
  static Source slice(SafetensorsFile file, String name, long from, long count) {
    return sink ->
        file.readFloats(
            name,
            (at, values, length) -> {
              int begin = (int) Math.min(length, Math.max(0, from - at));
              int end = (int) Math.max(begin, Math.min(length, from + count - at));
              sink.accept(FloatBuffer.wrap(values, begin, end - begin));
            });
  }

  /** Values that are in memory. */
  static Source of(float... values) {
    return sink -> sink.accept(FloatBuffer.wrap(values));
  }

  /** Zeros. */
  static Source zeros(long count) {
    return sink -> {
      float[] piece = new float[(int) Math.min(count, 1 << 16)];
      for (long at = 0; at < count; at += piece.length) {
        sink.accept(FloatBuffer.wrap(piece, 0, (int) Math.min(piece.length, count - at)));
      }
    };
  }

  /** Writes a file under another name and renames it once it is whole. */
  static void whole(Path file, FileWriter writer) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path unfinished = parent.resolve("." + file.getFileName() + ".unfinished");
    try {
      writer.write(unfinished);
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
