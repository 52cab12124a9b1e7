package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatedChecksumTest {
  private static final byte[] NINE = "123456789".getBytes(StandardCharsets.US_ASCII);
  private static final String MD5 = "25f9e794323b453885f5181f1b624d0b";

  private static Optional<StatedChecksum> of(Map<String, String> headers) {
    return StatedChecksum.of(name -> Optional.ofNullable(headers.get(name)));
  }

  private static String base64(String hex) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
  }

  /** Values that the algorithms' definitions give for these nine bytes. */
  @ParameterizedTest
  @CsvSource({
    "crc32c, e3069283",
    "crc32, cbf43926",
    "crc64nvme, ae8b14860a799888",
    "sha1, f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "sha256, 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
  })
  void shouldTellRightBytesFromWrongOnes(String name, String hex) {
    StatedChecksum stated = of(Map.of("x-amz-checksum-" + name, base64(hex))).orElseThrow();
    assertThat(stated.matches(stated.sum(NINE))).isTrue();
    byte[] wrong = NINE.clone();
    wrong[8] ^= 1;
    assertThat(stated.matches(stated.sum(wrong))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"'\"" + MD5 + "\"'", MD5, "25F9E794323B453885F5181F1B624D0B"})
  void shouldTakeAnETagForAnMd5(String tag) {
    StatedChecksum stated = of(Map.of("ETag", tag)).orElseThrow();
    assertThat(stated.matches(stated.sum(NINE))).isTrue();
    assertThat(stated.matches(stated.sum(new byte[9]))).isFalse();
  }

  @Test
  void shouldPreferWhatIsCheap() {
    Map<String, String> headers = new HashMap<>();
    headers.put("x-amz-checksum-sha256", "s");
    assertThat(of(headers).orElseThrow().name()).isEqualTo("SHA256");
    headers.put("ETag", MD5);
    assertThat(of(headers).orElseThrow().name()).contains("MD5");
    headers.put("x-amz-checksum-crc64nvme", "n");
    assertThat(of(headers).orElseThrow().name()).isEqualTo("CRC64NVME");
    headers.put("x-amz-checksum-crc32c", "c");
    assertThat(of(headers).orElseThrow().name()).isEqualTo("CRC32C");
    headers.put("x-amz-checksum-type", "COMPOSITE");
    assertThat(of(headers).orElseThrow().name()).contains("MD5");
  }

  @Test
  void shouldTakeNothingThatIsNotOfTheWholeObjectsBytes() {
    for (Map<String, String> headers :
        List.of(
            Map.<String, String>of(),
            Map.of("ETag", "\"" + MD5 + "-3\""),
            Map.of("ETag", "\"0x8D4BCC2E4835CD0\""),
            Map.of("x-amz-checksum-crc32c", "4waSgw==-2"),
            Map.of("x-amz-checksum-crc32c", "4waSgw==", "x-amz-checksum-type", "COMPOSITE"),
            Map.of("ETag", MD5, "x-amz-server-side-encryption", "aws:kms"),
            Map.of("ETag", MD5, "x-amz-server-side-encryption", "aws:kms:dsse"),
            Map.of("ETag", MD5, "x-amz-server-side-encryption-customer-algorithm", "AES256"))) {
      assertThat(of(headers)).as("%s", headers).isEmpty();
    }
    assertThat(of(Map.of("ETag", MD5, "x-amz-server-side-encryption", "AES256"))).isPresent();
  }

  @Property(tries = 200)
  void shouldTakeEightBytesAsOneAfterAnother(@ForAll @Size(max = 70) byte[] bytes) {
    Crc64Nvme bitwise = new Crc64Nvme();
    for (byte b : bytes) {
      bitwise.update(b);
    }
    Crc64Nvme parts = new Crc64Nvme();
    int cut = bytes.length / 3;
    parts.update(Arrays.copyOf(bytes, cut), 0, cut);
    parts.update(bytes, cut, bytes.length - cut);
    assertThat(parts.getValue()).isEqualTo(bitwise.getValue());
    parts.reset();
    assertThat(parts.getValue()).isZero();
  }
}
