package org.ijepa.augment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.ijepa.augment.ColorJitter.Change;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each change gives the bytes that Pillow gives, called as torchvision calls it; {@code
 * src/test/python/augmented.py} records them.
 */
class PillowTest {
  private static final JsonNode RECORD = read();

  private static JsonNode read() {
    try (InputStream in = PillowTest.class.getResourceAsStream("pillow.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<JsonNode> cases() {
    return StreamSupport.stream(RECORD.get("cases").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldGiveTheBytesOfPillow(JsonNode recorded) {
    byte[] square = bytes(RECORD, "square");
    assertThat(changed(recorded, square, 9)).isEqualTo(bytes(recorded, "square"));
    if (recorded.has("small")) {
      byte[] small = bytes(RECORD, "small");
      assertThat(changed(recorded, small, 2)).isEqualTo(bytes(recorded, "small"));
    }
    if (recorded.has("every")) {
      assertThat(ofEveryColor(recorded)).isEqualTo(recorded.get("every").asLong());
    }
  }

  private static byte[] changed(JsonNode recorded, byte[] pixels, int side) {
    float value = (float) recorded.get("value").asDouble();
    byte[] made = pixels.clone();
    if (recorded.get("change").asText().equals("blur")) {
      new GaussianBlur().apply(made, side, value);
    } else {
      jitter(recorded.get("change").asText(), value).apply(made, made.length, new byte[256]);
    }
    return made;
  }

  private static ColorJitter jitter(String change, float value) {
    return switch (change) {
      case "grey" -> new ColorJitter(List.of(), 1, 1, 1, 0, true);
      case "brightness" -> new ColorJitter(List.of(Change.BRIGHTNESS), value, 1, 1, 0, false);
      case "contrast" -> new ColorJitter(List.of(Change.CONTRAST), 1, value, 1, 0, false);
      case "saturation" -> new ColorJitter(List.of(Change.SATURATION), 1, 1, value, 0, false);
      case "hue" -> new ColorJitter(List.of(Change.HUE), 1, 1, 1, (int) value, false);
      default -> throw new IllegalArgumentException(change);
    };
  }

  /** CRC-32 of what becomes of all 2^24 colours in turn. */
  private static long ofEveryColor(JsonNode recorded) {
    CRC32 crc = new CRC32();
    byte[] pixels = new byte[3 << 16];
    for (int red = 0; red < 256; red++) {
      for (int rest = 0; rest < 1 << 16; rest++) {
        pixels[3 * rest] = (byte) red;
        pixels[3 * rest + 1] = (byte) (rest >> 8);
        pixels[3 * rest + 2] = (byte) rest;
      }
      crc.update(changed(recorded, pixels, 256));
    }
    return crc.getValue();
  }

  private static byte[] bytes(JsonNode node, String name) {
    return HexFormat.of().parseHex(node.get(name).asText());
  }
}
