package org.ijepa.mask;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;

/** Reads the recorded masks among the test resources. */
final class RecordedMasks {
  private RecordedMasks() {}

  static JsonNode read(String name) throws IOException {
    try (InputStream in = RecordedMasks.class.getResourceAsStream(name)) {
      return new ObjectMapper().readTree(in);
    }
  }

  static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }
}
