package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ijepa.crop.Crop;
import org.ijepa.decode.BadImage.Cause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenCvDecoderTest {
  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final long MAX_PIXELS = 178_956_970;

  private final ImageDecoder decoder = new OpenCvDecoder(MAX_PIXELS);

  static ByteBuffer direct(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private byte[] decode(Path file, CropChooser crop, int side) throws IOException, BadImage {
    ByteBuffer target = ByteBuffer.allocateDirect(side * side * 3 + 7).position(7);
    decoder.decode(direct(file), crop, side, target);
    byte[] pixels = new byte[side * side * 3];
    target.get(7, pixels);
    return pixels;
  }

  @Test
  void shouldResizeAsThePublishedRecipeDoes() throws Exception {
    JsonNode rows =
        new ObjectMapper().readTree(IMAGES.resolve("resized.json").toFile()).get("rows");
    byte[] expected = Files.readAllBytes(IMAGES.resolve("resized.rgb"));
    assertThat(rows).hasSize(8);
    for (JsonNode row : rows) {
      JsonNode c = row.get("crop");
      Crop crop = new Crop(c.get(0).asInt(), c.get(1).asInt(), c.get(2).asInt(), c.get(3).asInt());
      byte[] found =
          decode(
              IMAGES.resolve(row.get("image").asText()), (w, h) -> crop, row.get("size").asInt());
      long sum = 0;
      int worst = 0;
      for (int i = 0; i < found.length; i++) {
        int difference =
            Math.abs((found[i] & 0xFF) - (expected[row.get("offset").asInt() + i] & 0xFF));
        sum += difference;
        worst = Math.max(worst, difference);
      }
      assertThat(worst).as("%s", row).isLessThanOrEqualTo(3);
      assertThat((double) sum / found.length).as("%s", row).isLessThanOrEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cmyk.jpg",
        "gray.jpg",
        "gray16.png",
        "palette.png",
        "rgba.png",
        "progressive.jpg",
        "photo.webp",
        "tiny.png",
        "exif-rotated.jpg"
      })
  void shouldReadEveryKindOfImage(String name) throws Exception {
    byte[] pixels = decode(IMAGES.resolve("odd").resolve(name), (w, h) -> new Crop(0, 0, w, h), 32);

    int least = 255;
    int most = 0;
    for (byte pixel : pixels) {
      least = Math.min(least, pixel & 0xFF);
      most = Math.max(most, pixel & 0xFF);
    }
    assertThat(most - least).isGreaterThan(50);
  }

  @ParameterizedTest
  @CsvSource({
    "truncated.jpg, TRUNCATED",
    "header-only.jpg, TRUNCATED",
    "empty.jpg, EMPTY",
    "text.jpg, NOT_AN_IMAGE",
    "bomb.png, TOO_LARGE"
  })
  void shouldRefuseWhatIsNoImage(String name, Cause cause) {
    BadImage bad =
        catchThrowableOfType(
            BadImage.class,
            () -> decode(IMAGES.resolve("odd").resolve(name), (w, h) -> new Crop(0, 0, w, h), 32));

    assertThat(bad.reason()).isEqualTo(cause);
  }

  @Test
  void shouldIgnoreOrientationTag() throws Exception {
    int[] size = new int[2];
    decode(
        IMAGES.resolve("odd/exif-rotated.jpg"),
        (w, h) -> {
          size[0] = w;
          size[1] = h;
          return new Crop(0, 0, w, h);
        },
        16);

    ImageHeader header = ImageHeader.read(direct(IMAGES.resolve("odd/exif-rotated.jpg")));
    assertThat(size).containsExactly(header.width(), header.height());
  }
}
