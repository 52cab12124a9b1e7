package org.ijepa.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WideStreamTest {
  @TempDir Path folder;

  /** Counts what is handed to it at once. */
  private static final class Counting extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int writes;

    @Override
    public void write(int b) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(byte[] piece, int offset, int length) {
      bytes.write(piece, offset, length);
      writes++;
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "8192, 1", "110000, 1", "262144, 1", "262145, 2", "1000000, 4"})
  void shouldHandOnFilesInFewPieces(int size, int writes) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Path file = Files.write(folder.resolve("x"), bytes);
    Counting out = new Counting();
    try (InputStream in = new WideStream(Files.newInputStream(file))) {
      assertThat(in.transferTo(out)).isEqualTo(size);
    }
    assertThat(out.bytes.toByteArray()).isEqualTo(bytes);
    assertThat(out.writes).isEqualTo(writes);
  }
}
