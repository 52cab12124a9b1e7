package org.ijepa.interchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ijepa.safetensors.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FeatureFileTest {
  @TempDir private Path folder;

  private Path write(String name, List<Integer> shape, String... images) throws IOException {
    Path path = folder.resolve(name);
    try (FeatureFile file = new FeatureFile(path, shape)) {
      float next = 0;
      for (String image : images) {
        float[] row = new float[shape.stream().reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < row.length; i++) {
          row[i] = next++ / 4;
        }
        file.add(image, row);
      }
      file.finish();
    }
    return path;
  }

  @Test
  void shouldWriteArraysThatNumpyReads() throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(write("a.npy", List.of(3), "x.png", "y.png")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.get(0)).isEqualTo((byte) 0x93);
    int header = bytes.getShort(8);
    // Numbers begin at a multiple of 64 bytes, as the format asks.
    assertThat((header + 10) % 64).isZero();
    String text = new String(bytes.array(), 10, header, StandardCharsets.US_ASCII);
    assertThat(text)
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
        .endsWith("\n");
    assertThat(bytes.position(header + 10).asFloatBuffer().get(5)).isEqualTo(5 / 4f);
    assertThat(bytes.remaining()).isEqualTo(2 * 3 * Float.BYTES);
    assertThat(Files.readString(folder.resolve("a.txt"))).isEqualTo("x.png\ny.png\n");
  }

  @Test
  void shouldWritePatchesAsSafetensors() throws IOException {
    Path path = write("a.safetensors", List.of(2, 3), "x.png", "y.png");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.shape("features")).containsExactly(2L, 2L, 3L);
      assertThat(file.floats("features")[11]).isEqualTo(11 / 4f);
    }
  }

  @Test
  void shouldQuoteNamesInCsv() throws IOException {
    Path path = write("a.csv", List.of(2, 1), "plain.png", "a \"b\", c.png");
    assertThat(Files.readAllLines(path))
        .containsExactly(
            "plain.png,0,0.0",
            "plain.png,1,0.25",
            "\"a \"\"b\"\", c.png\",0,0.5",
            "\"a \"\"b\"\", c.png\",1,0.75");
  }

  @Test
  void shouldLeaveWhatWasThereWhereItIsNotFinished() throws IOException {
    Path path = write("a.npy", List.of(1), "earlier.png");
    byte[] earlier = Files.readAllBytes(path);
    try (FeatureFile file = new FeatureFile(path, List.of(1))) {
      file.add("x.png", new float[1]);
    }
    assertThat(path).hasBinaryContent(earlier);
    assertThat(folder.resolve("a.txt")).hasContent("earlier.png");
    assertThat(folder).isDirectoryNotContaining("glob:**.unfinished");
  }
}
