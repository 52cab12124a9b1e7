package org.ijepa.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FalsifiedRecordTest {
  private static final Path PLAIN = Path.of("src/test/resources/golden/plain");

  @TempDir Path copy;

  @BeforeEach
  void copyTheCase() throws IOException {
    try (Stream<Path> files = Files.list(PLAIN)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
  }

  private boolean passes() throws IOException {
    return ParityReplay.run(copy, 0, 1, 1).passed();
  }

  @ParameterizedTest
  @CsvSource({"loss, 1e-5", "grad_norm, 1e-4", "lr, 1e-9", "weight_decay, 1e-9", "ema, 1e-9"})
  void shouldNoticeFalsifiedValueOfAnyStep(String key, double relative) throws IOException {
    Path file = copy.resolve("trajectory.json");
    ObjectMapper json = new ObjectMapper();
    for (int step : new int[] {0, 3}) {
      ObjectNode root = (ObjectNode) json.readTree(PLAIN.resolve("trajectory.json").toFile());
      ObjectNode recorded = (ObjectNode) root.get("steps").get(step);
      recorded.put(key, recorded.get(key).asDouble() * (1 + relative));
      json.writeValue(file.toFile(), root);

      assertThat(passes()).as("%s of step %d", key, step).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "step0, grad.encoder.blocks.1.mlp.fc2.weight, 0.001",
    "step0, grad.predictor.mask_token, 0.001",
    "after, encoder.blocks.0.attn.qkv.weight, 0.01",
    "after, target_encoder.norm.bias, 0.01"
  })
  void shouldNoticeFalsifiedTensor(String name, String tensor, float change) throws IOException {
    Path file = copy.resolve(name + ".safetensors");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong(0);
    byte[] text = new byte[header];
    bytes.get(8, text);
    int offset = new ObjectMapper().readTree(text).get(tensor).get("data_offsets").get(0).asInt();
    int at = 8 + header + offset;
    bytes.putFloat(at, bytes.getFloat(at) + change);
    Files.write(file, bytes.array());

    assertThat(passes()).isFalse();
  }

  @Test
  void shouldPassUnchanged() throws IOException {
    assertThat(passes()).isTrue();
  }
}
