package org.ijepa.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SafetensorsWriterTest {
  private static void add(SafetensorsWriter writer, String name, int elements) {
    writer.add(
        name, List.of((long) elements), sink -> sink.accept(FloatBuffer.wrap(new float[elements])));
  }

  @Test
  void shouldTellHowManyBytesOfTheValuesAreWritten() throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    add(writer, "a", 3);
    add(writer, "b", 300_000);
    assertThat(writer.bytes()).isEqualTo(1_200_012);
    List<Long> written = new ArrayList<>();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.write(out, written::add);
    // A large tensor goes out in pieces of 1 MiB.
    assertThat(written).containsExactly(12L, 12L + (1 << 20), 1_200_012L);
    assertThat(out.size()).isGreaterThan(1_200_012);
  }
}
