package org.ijepa.interchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.ZipFile;
import org.ijepa.checkpoint.BytesProgress;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsFile;
import org.ijepa.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads files that PyTorch wrote: {@code src/test/python/interchange.py fixture}. */
final class PublishedCheckpointTest {
  @TempDir private Path folder;

  private static Path recorded(String name) {
    return Path.of("src/test/resources/interchange", name);
  }

  private static Map<String, Double> expected() throws IOException {
    Map<String, Double> values = new HashMap<>();
    for (String line : Files.readAllLines(recorded("tiny.txt"))) {
      int space = line.lastIndexOf(' ');
      values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
    }
    return values;
  }

  private void convert(Path from) throws IOException {
    try (PublishedCheckpoint published = PublishedCheckpoint.open(from)) {
      for (Map.Entry<String, SafetensorsWriter> entry :
          published.files(TinyModel.GEOMETRY).entrySet()) {
        try (OutputStream out = Files.newOutputStream(folder.resolve(entry.getKey()))) {
          entry.getValue().write(out);
        }
      }
    }
  }

  private float value(String file, String tensor, int index) throws IOException {
    try (SafetensorsFile opened = SafetensorsFile.open(folder.resolve(file))) {
      return opened.floats(tensor)[index];
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny.pth.tar", "tiny-old.pth.tar"})
  void shouldReadWhatTorchWrote(String file) throws IOException {
    convert(recorded(file));
    int qkv = 40 * 16 + 3;
    assertThat(value(TensorFiles.TARGET_ENCODER, "blocks.1.attn.qkv.weight", qkv))
        .isEqualTo(expected().get("target qkv").floatValue());
    assertThat(value(TensorFiles.ENCODER, "blocks.1.attn.qkv.weight", qkv))
        .isEqualTo(expected().get("encoder qkv").floatValue());
    assertThat(value(TensorFiles.PREDICTOR, "mask_token", 5))
        .isEqualTo(expected().get("mask token").floatValue());
    assertThat(value(TensorFiles.OPTIMIZER, "exp_avg.predictor.mask_token", 5))
        .isEqualTo(expected().get("mask token moment").floatValue());
    try (SafetensorsFile optimizer = SafetensorsFile.open(folder.resolve(TensorFiles.OPTIMIZER))) {
      assertThat(optimizer.metadata()).containsEntry(TensorFiles.UPDATES, "3");
    }
  }

  @Test
  void shouldTellWhatStandsBesideTheTensors() throws IOException {
    try (PublishedCheckpoint published = PublishedCheckpoint.open(recorded("tiny.pth.tar"))) {
      assertThat(published.sizes())
          .isEqualTo(new PublishedCheckpoint.Sizes(16, 4, 3, 16, 2, 64, 8, 1, 32));
      assertThat(published.epochs()).isEqualTo(2);
      assertThat(published.loss()).isEqualTo(expected().get("loss"));
      assertThat(published.batchSize() * published.worldSize()).isEqualTo(8);
    }
  }

  @Test
  void shouldTellWhatNoTensorTellsWhereWeWroteIt() throws IOException {
    try (PublishedCheckpoint ours = PublishedCheckpoint.open(TorchExportTest.export(folder));
        PublishedCheckpoint theirs = PublishedCheckpoint.open(recorded("tiny.pth.tar"))) {
      assertThat(ours.notes()).contains(TorchExportTest.NOTES);
      assertThat(theirs.notes()).isEmpty();
    }
  }

  @Test
  void shouldSayWhereThePublishedCodeWouldComputeOtherwise() {
    assertThat(TorchExportTest.NOTES.unlikePublished())
        .satisfiesExactly(
            heads -> assertThat(heads).startsWith("4 heads of the predictor"),
            eps -> assertThat(eps).startsWith("norm-eps 0.001"),
            mean -> assertThat(mean).contains("mean [0.5, 0.4, 0.3]"));
    assertThat(
            new ModelNotes(2, 2, 1e-6, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225))
                .unlikePublished())
        .isEmpty();
  }

  @Test
  void shouldRefuseWeightsThatAreNotFinite() throws IOException {
    Path encoder = TinyModel.write(folder).resolve(TensorFiles.TARGET_ENCODER);
    byte[] bytes = Files.readAllBytes(encoder);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - Float.BYTES, Float.NaN);
    Files.write(encoder, bytes);
    Path exported = folder.resolve("nan.pth.tar");
    try (ModelFiles files = ModelFiles.open(folder, TensorFiles.NAMES)) {
      new TorchExport(TinyModel.GEOMETRY, files, TorchExportTest.FACTS, TorchExportTest.NOTES)
          .write(exported, BytesProgress.NONE);
    }
    assertThatThrownBy(() -> convert(exported))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("target_encoder.")
        .hasMessageContaining("not finite (NaN)");
  }

  @Test
  void shouldReadHalfPrecisionWithoutAnOptimizer() throws IOException {
    convert(recorded("tiny-bf16.pth.tar"));
    double exact = expected().get("target qkv");
    assertThat((double) value(TensorFiles.TARGET_ENCODER, "blocks.1.attn.qkv.weight", 643))
        .isCloseTo(exact, within(Math.abs(exact) / 256));
    assertThat(value(TensorFiles.OPTIMIZER, "exp_avg.predictor.mask_token", 5)).isZero();
  }

  @Test
  void shouldReadWhatWeWroteToTheBit() throws IOException {
    Path exported = TorchExportTest.export(folder);
    Map<String, byte[]> before = new HashMap<>();
    for (String name : TensorFiles.NAMES) {
      before.put(name, bytes(name));
    }
    convert(exported);
    for (String name : TensorFiles.NAMES) {
      assertThat(bytes(name)).as(name).isEqualTo(before.get(name));
    }
  }

  /** All tensors of a file, in the order of their names. */
  private byte[] bytes(String file) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (SafetensorsFile opened = SafetensorsFile.open(folder.resolve(file))) {
      for (String name : opened.entries().keySet().stream().sorted().toList()) {
        float[] values = opened.floats(name);
        ByteBuffer buffer =
            ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        all.write(buffer.array());
      }
    }
    return all.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny.pth.tar", "tiny-old.pth.tar"})
  void shouldRefuseFilesThatAreCutOff(String file) throws IOException {
    byte[] whole = Files.readAllBytes(recorded(file));
    for (int length = 0; length < whole.length; length += 997) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> convert(cut)).as("%d bytes", length).isInstanceOf(IOException.class);
    }
  }

  @Test
  void shouldRefuseADamagedTensor() throws IOException {
    Path damaged = rewritten("data/3", content -> content[17] ^= 1);
    assertThatThrownBy(() -> convert(damaged))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void shouldSurviveAnyDamageToThePickle() throws IOException {
    byte[] pickle;
    try (ZipFile zip = new ZipFile(recorded("tiny.pth.tar").toFile())) {
      pickle = zip.getInputStream(zip.getEntry("tiny.pth/data.pkl")).readAllBytes();
    }
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = pickle.clone();
      for (int k = 0; k < 3; k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        CheckpointUnpickler.read(new ByteArrayInputStream(damaged));
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cposix\nsystem\n(X\u0007\0\0\0echo hitR.",
        "cbuiltins\neval\n.",
        "cbuiltins\nValueError\n.",
        "cdatetime\ndatetime\n.",
        "ctorch\nload\n.",
        "ctorch.jit\nFloatStorage\n.",
      })
  void shouldKnowNoOtherNames(String pickle) {
    byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> CheckpointUnpickler.read(new ByteArrayInputStream(bytes)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no checkpoint needs")
        .hasMessageContaining("nothing was run");
  }

  @Test
  void shouldKnowNoOtherOpcodes() {
    for (String opcode : List.of("i", "o", "0", "2", "\u0081", "\u0092", "\u0082", "B", "\u0096")) {
      byte[] bytes = opcode.getBytes(StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> CheckpointUnpickler.read(new ByteArrayInputStream(bytes)))
          .as(opcode)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("opcode");
    }
  }

  @Test
  void shouldRefuseOtherFiles() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "not a checkpoint");
    assertThatThrownBy(() -> convert(text)).hasMessageContaining("is no PyTorch file");
    // Two lists, each within the other: who writes them out comes to no end.
    byte[] endless = "\u0080\2]q\0]q\1h\0aa.".getBytes(StandardCharsets.ISO_8859_1);
    Path pickle = Files.write(folder.resolve("pickle"), endless);
    assertThatThrownBy(() -> convert(pickle)).hasMessageContaining("but not of PyTorch");
  }

  private interface Change {
    void apply(byte[] content);
  }

  /** The recorded zip with one entry changed and its old checksum kept. */
  private Path rewritten(String name, Change change) throws IOException {
    byte[] whole = Files.readAllBytes(recorded("tiny.pth.tar"));
    Path to = folder.resolve("rewritten");
    try (ZipFile zip = new ZipFile(recorded("tiny.pth.tar").toFile())) {
      byte[] content = zip.getInputStream(zip.getEntry("tiny.pth/" + name)).readAllBytes();
      int at = 0;
      while (!Arrays.equals(Arrays.copyOfRange(whole, at, at + content.length), content)) {
        at++;
      }
      byte[] part = Arrays.copyOfRange(whole, at, at + content.length);
      change.apply(part);
      System.arraycopy(part, 0, whole, at, part.length);
    }
    return Files.write(to, whole);
  }
}
