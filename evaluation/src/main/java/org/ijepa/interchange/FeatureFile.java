package org.ijepa.interchange;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file of features that grows row by row: {@code .npy} or {@code .safetensors} with an array of
 * float32, or {@code .csv}. How many rows there are is known at the end, so that the header, of a
 * fixed length, is written then; until then it and the file of names have other names.
 */
public final class FeatureFile implements AutoCloseable {
  private static final int HEADER = 256;

  private final Path file;
  private final Path unfinished;
  private final Path names;
  private final Path unfinishedNames;
  private final Form form;
  private final List<Long> shape;
  private final int elements;
  private final FileChannel values;
  private final BufferedWriter lines;
  private final BufferedWriter nameLines;
  private final ByteBuffer buffer;
  private long rows;

  private enum Form {
    NPY,
    SAFETENSORS,
    CSV
  }

  /**
   * Opens a new file.
   *
   * @param file its extension says the form
   * @param shape of one row: features, or patches and features
   */
  public FeatureFile(Path file, List<Integer> shape) throws IOException {
    this.file = file;
    this.shape = shape.stream().map(Long::valueOf).toList();
    elements = shape.stream().reduce(1, Math::multiplyExact);
    form = form(file);
    Files.createDirectories(file.toAbsolutePath().getParent());
    unfinished = file.resolveSibling("." + file.getFileName() + ".unfinished");
    names = beside(file, ".txt");
    unfinishedNames = names.resolveSibling("." + names.getFileName() + ".unfinished");
    values =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    nameLines = Files.newBufferedWriter(unfinishedNames, StandardCharsets.UTF_8);
    buffer = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    lines = form == Form.CSV ? Files.newBufferedWriter(unfinished, StandardCharsets.UTF_8) : null;
    if (form != Form.CSV) {
      values.position(HEADER);
    }
  }

  private static Form form(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return Stream.of(Form.values())
        .filter(form -> name.endsWith("." + form.name().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(file + " ends in none of .npy .safetensors .csv"));
  }

  /** A file with the same name but for its extension. */
  public static Path beside(Path file, String extension) {
    String name = file.getFileName().toString();
    return file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + extension);
  }

  /** Adds a row; in CSV a line for each patch. */
  public void add(String name, float[] row) throws IOException {
    if (row.length != elements) {
      throw new IllegalArgumentException(row.length + " values in a row of " + elements);
    }
    nameLines.write(name.replace("\n", "\\n"));
    nameLines.newLine();
    rows++;
    if (form == Form.CSV) {
      csv(name, row);
      return;
    }
    buffer.clear();
    buffer.asFloatBuffer().put(row);
    while (buffer.hasRemaining()) {
      values.write(buffer);
    }
  }

  private void csv(String name, float[] row) throws IOException {
    String quoted = name.matches("[^\",\\r\\n]*") ? name : "\"" + name.replace("\"", "\"\"") + "\"";
    int width = Math.toIntExact(shape.get(shape.size() - 1));
    for (int from = 0; from < row.length; from += width) {
      StringBuilder line = new StringBuilder(quoted);
      if (shape.size() > 1) {
        line.append(',').append(from / width);
      }
      for (float value : Arrays.copyOfRange(row, from, from + width)) {
        line.append(',').append(value);
      }
      lines.write(line.append('\n').toString());
    }
  }

  /** Number of rows so far. */
  public long rows() {
    return rows;
  }

  /** Completes the files under their names. */
  public void finish() throws IOException {
    nameLines.close();
    if (form == Form.CSV) {
      lines.close();
    } else {
      ByteBuffer header = form == Form.NPY ? npyHeader() : safetensorsHeader();
      long at = 0;
      while (header.hasRemaining()) {
        at += values.write(header, at);
      }
    }
    values.close();
    Files.move(unfinishedNames, names, StandardCopyOption.REPLACE_EXISTING);
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private String extents(String open, String close) {
    return Stream.concat(Stream.of(rows), shape.stream())
        .map(String::valueOf)
        .collect(Collectors.joining(", ", open, close));
  }

  private ByteBuffer npyHeader() {
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + extents("(", ")") + ", }";
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    header.put((byte) 1).put((byte) 0).putShort((short) (HEADER - header.position() - 2));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.position() < HEADER - 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').flip();
  }

  private ByteBuffer safetensorsHeader() {
    long bytes = rows * elements * Float.BYTES;
    String text =
        "{\"features\": {\"dtype\": \"F32\", \"shape\": "
            + extents("[", "]")
            + ", \"data_offsets\": [0, "
            + bytes
            + "]}}";
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(HEADER - Long.BYTES).put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  @Override
  public void close() throws IOException {
    nameLines.close();
    if (lines != null) {
      lines.close();
    }
    values.close();
    Files.deleteIfExists(unfinished);
    Files.deleteIfExists(unfinishedNames);
  }
}
