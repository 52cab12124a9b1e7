package org.ijepa.interchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ijepa.checkpoint.TensorFiles;
import org.ijepa.safetensors.SafetensorsFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelExportTest {
  private static final List<Double> MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> DEVIATION = List.of(0.229, 0.224, 0.225);

  @TempDir private Path folder;
  private final List<List<Long>> told = new ArrayList<>();
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModel.write(folder);
  }

  private void export(boolean target, Path to, boolean transformers) throws IOException {
    try (ModelFiles files = ModelFiles.open(model, TensorFiles.NAMES)) {
      ModelExport export =
          new ModelExport(TinyModel.GEOMETRY, MEAN, DEVIATION, files, target, "step-000000012-g1");
      if (transformers) {
        export.transformers(to, (bytes, of) -> told.add(List.of(bytes, of)));
      } else {
        export.safetensors(to, (bytes, of) -> told.add(List.of(bytes, of)));
      }
    }
  }

  @Test
  void shouldTellHowManyBytesAreWritten() throws IOException {
    for (boolean transformers : new boolean[] {true, false}) {
      told.clear();
      export(true, folder.resolve("to-" + transformers), transformers);
      List<Long> last = told.get(told.size() - 1);
      assertThat(last.get(0)).isPositive().isEqualTo(last.get(1));
      assertThat(told).extracting(bytes -> bytes.get(0)).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void shouldSplitQueryKeyAndValueForTransformers() throws IOException {
    export(true, folder.resolve("hf"), true);
    try (SafetensorsFile source =
            SafetensorsFile.open(model.resolve("target_encoder.safetensors"));
        SafetensorsFile written =
            SafetensorsFile.open(folder.resolve("hf").resolve("model.safetensors"))) {
      float[] qkv = source.floats("blocks.1.attn.qkv.weight");
      float[] bias = source.floats("blocks.1.attn.qkv.bias");
      String attention = "encoder.layer.1.attention.attention.";
      assertThat(written.floats(attention + "query.weight"))
          .isEqualTo(Arrays.copyOfRange(qkv, 0, 256));
      assertThat(written.floats(attention + "key.weight"))
          .isEqualTo(Arrays.copyOfRange(qkv, 256, 512));
      assertThat(written.floats(attention + "value.weight"))
          .isEqualTo(Arrays.copyOfRange(qkv, 512, 768));
      assertThat(written.floats(attention + "key.bias"))
          .isEqualTo(Arrays.copyOfRange(bias, 16, 32));
      assertThat(written.floats("layernorm.weight")).isEqualTo(source.floats("norm.weight"));
      // Outside the blocks: positions, patch embedding (2), norm (2).
      assertThat(written.entries()).hasSize(5 + 16 * TinyModel.GEOMETRY.depth());
      assertThat(written.metadata()).containsEntry("format", "pt");
    }
  }

  @Test
  void shouldDescribeTheModelForTransformers() throws IOException {
    export(true, folder.resolve("hf"), true);
    ObjectMapper json = new ObjectMapper();
    JsonNode config = json.readTree(folder.resolve("hf/config.json").toFile());
    assertThat(config.path("model_type").asText()).isEqualTo("ijepa");
    assertThat(config.path("layer_norm_eps").asDouble()).isEqualTo(1e-6);
    assertThat(config.path("intermediate_size").asInt()).isEqualTo(64);
    assertThat(config.path("num_attention_heads").asInt()).isEqualTo(2);
    JsonNode images = json.readTree(folder.resolve("hf/preprocessor_config.json").toFile());
    assertThat(images.path("image_mean").path(1).asDouble()).isEqualTo(0.456);
    assertThat(images.path("size").path("shortest_edge").asInt()).isEqualTo(16);
    assertThat(images.path("do_center_crop").asBoolean()).isTrue();
    assertThat(images.path("crop_size").path("width").asInt()).isEqualTo(16);
  }

  @Test
  void shouldWriteTheEncoderThatWasAskedForUnderItsPublishedNames() throws IOException {
    export(false, folder.resolve("context.safetensors"), false);
    try (SafetensorsFile source = SafetensorsFile.open(model.resolve("encoder.safetensors"));
        SafetensorsFile written = SafetensorsFile.open(folder.resolve("context.safetensors"))) {
      assertThat(written.entries()).containsOnlyKeys(source.entries().keySet());
      for (String name : source.entries().keySet()) {
        assertThat(written.floats(name)).isEqualTo(source.floats(name));
      }
      assertThat(written.metadata()).containsEntry("ijepa.encoder", "context");
    }
  }
}
