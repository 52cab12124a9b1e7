package org.ijepa.interchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.ijepa.checkpoint.BytesProgress;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TorchExportTest {
  static final TrainingFacts FACTS =
      new TrainingFacts(3, 0.25, 128, 16, 1e-3, 0.04, 0.9, 0.999, 1e-8);
  static final ModelNotes NOTES =
      new ModelNotes(2, 4, 1e-3, List.of(0.5, 0.4, 0.3), List.of(0.25, 0.2, 0.1));

  @TempDir private Path folder;

  static Path export(Path folder) throws IOException {
    Path file = folder.resolve("tiny-latest.pth.tar");
    try (ModelFiles files = ModelFiles.open(TinyModel.write(folder), TensorFiles.NAMES)) {
      new TorchExport(TinyModel.GEOMETRY, files, FACTS, NOTES).write(file, BytesProgress.NONE);
    }
    return file;
  }

  @Test
  void shouldStoreTensorsUncompressedAndAligned() throws IOException {
    Path file = export(folder);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      byte[] content = Files.readAllBytes(file);
      int tensors = 0;
      Enumeration<? extends ZipEntry> entries = zip.entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        assertThat(entry.getName()).startsWith("tiny-latest/");
        if (entry.getName().contains("/data/")) {
          tensors++;
          byte[] values = bytes(zip, entry);
          // Shorter ones are found at more than one place.
          assertThat(values.length < 64 ? 0 : indexOf(content, values) % 64).isZero();
        }
      }
      int trained = 2 + 24 + 2 + 1 + 2 + 12 + 2 + 2;
      int positions = 3;
      int target = 2 + 24 + 2;
      assertThat(tensors).isEqualTo(trained + positions + target + 3 * trained);
    }
  }

  @Test
  void shouldTellHowManyBytesOfAllTensorsAreWritten() throws IOException {
    List<Long> written = new ArrayList<>();
    Set<Long> totals = new HashSet<>();
    Path file = folder.resolve("told.pth.tar");
    try (ModelFiles files = ModelFiles.open(TinyModel.write(folder), TensorFiles.NAMES)) {
      new TorchExport(TinyModel.GEOMETRY, files, FACTS, NOTES)
          .write(
              file,
              (bytes, of) -> {
                written.add(bytes);
                totals.add(of);
              });
    }
    long tensors = 0;
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        tensors += entry.getName().contains("/data/") ? entry.getSize() : 0;
      }
    }
    assertThat(totals).containsExactly(tensors);
    assertThat(written).isSorted().doesNotHaveDuplicates().endsWith(tensors);
  }

  @Test
  void shouldBeginWithTheContextEncodersPositions() throws IOException {
    Path file = export(folder);
    try (ZipFile zip = new ZipFile(file.toFile());
        SafetensorsFile encoder = SafetensorsFile.open(folder.resolve(TensorFiles.ENCODER))) {
      byte[] values = bytes(zip, zip.getEntry("tiny-latest/data/0"));
      float[] floats = new float[values.length / Float.BYTES];
      ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
      assertThat(floats).isEqualTo(encoder.floats("pos_embed"));
      assertThat(
              new String(bytes(zip, zip.getEntry("tiny-latest/version")), StandardCharsets.UTF_8))
          .isEqualTo("3\n");
    }
  }

  @Test
  void shouldGiveTheSameBytesForTheSameModel() throws IOException {
    byte[] first = Files.readAllBytes(export(folder));
    assertThat(Files.readAllBytes(export(folder))).isEqualTo(first);
  }

  private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private static int indexOf(byte[] content, byte[] part) {
    for (int at = 0; at <= content.length - part.length; at += 4) {
      int i = 0;
      while (i < part.length && content[at + i] == part[i]) {
        i++;
      }
      if (i == part.length) {
        return at;
      }
    }
    return 1;
  }
}
