package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.signer.AwsS3V4Signer;
import software.amazon.awssdk.auth.signer.params.AwsS3V4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/** Signatures beside those of AWS's own signer. */
final class S3SignatureTest {
  private static final Instant NOW = Instant.parse("2026-11-30T23:59:59.5Z");
  private static final AwsCredentials PLAIN = AwsBasicCredentials.create("AKIDEXAMPLE", "wJalr/+");
  private static final AwsCredentials SESSION =
      AwsSessionCredentials.create("ASIAEXAMPLE", "other secret", "a token/+=");
  private static final S3Access AMAZON = S3Access.amazon();

  private static S3Access at(String endpoint) {
    return new S3Access(Optional.of(URI.create(endpoint)), Optional.empty(), false);
  }

  private static S3Signature signature(S3Access access, AwsCredentials who, Clock clock) {
    return new S3Signature("bucket", access, () -> who, () -> Region.EU_CENTRAL_1, clock);
  }

  private static Clock clock(Instant instant) {
    return Clock.fixed(instant, ZoneOffset.UTC);
  }

  /**
   * Header by name in lower case, as AWS's signer makes them for this address and these headers.
   */
  private static Map<String, String> expected(
      S3Signature.Get get, AwsCredentials who, Instant instant) {
    SdkHttpFullRequest.Builder request =
        SdkHttpFullRequest.builder().method(SdkHttpMethod.GET).uri(get.uri());
    for (String given : List.of("range", StatedChecksum.MODE)) {
      Optional.ofNullable(get.headers().get(given))
          .ifPresent(value -> request.putHeader(given, value));
    }
    AwsS3V4SignerParams parameters =
        AwsS3V4SignerParams.builder()
            .awsCredentials(who)
            .signingName("s3")
            .doubleUrlEncode(false)
            .signingRegion(Region.EU_CENTRAL_1)
            .signingClockOverride(clock(instant))
            .build();
    return AwsS3V4Signer.create().sign(request.build(), parameters).headers().entrySet().stream()
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().toLowerCase(Locale.ROOT),
                entry -> entry.getValue().get(0)));
  }

  private static void assertSigned(S3Access access, String key, Optional<String> range) {
    for (AwsCredentials who : List.of(PLAIN, SESSION)) {
      S3Signature.Get get = signature(access, who, clock(NOW)).get(key, range, true);
      assertThat(get.headers()).isEqualTo(expected(get, who, NOW));
    }
  }

  @Property(tries = 100)
  void shouldSignAnyKeyAsAwsDoes(@ForAll @NotBlank @StringLength(max = 30) String key) {
    assertSigned(at("http://127.0.0.1:9000"), key, Optional.empty());
    assertSigned(AMAZON, key, Optional.empty());
  }

  @Test
  void shouldSignRangesAndAnyAddressAsAwsDoes() {
    for (String endpoint :
        List.of("http://host:9000", "http://host", "http://host:80//", "https://host:443")) {
      assertSigned(at(endpoint), "a/b c.jpg", Optional.of("bytes=0-99"));
    }
    assertSigned(AMAZON, "a/b c.jpg", Optional.of("bytes=0-99"));
  }

  @Property(tries = 100)
  void shouldNameKeysAsAwsDoes(@ForAll @NotBlank @StringLength(max = 30) String key) {
    URI uri = signature(AMAZON, PLAIN, clock(NOW)).get(key, Optional.empty(), false).uri();
    assertThat(uri.toString())
        .isEqualTo(
            "https://bucket.s3.eu-central-1.amazonaws.com/"
                + SdkHttpUtils.urlEncodeIgnoreSlashes(key));
  }

  @Test
  void shouldGoOnAfterMidnightAndWithOtherCredentials() {
    Instant[] now = {NOW};
    AwsCredentials[] who = {PLAIN};
    Clock clock =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Instant instant() {
            return now[0];
          }
        };
    S3Signature signature =
        new S3Signature("bucket", AMAZON, () -> who[0], () -> Region.EU_CENTRAL_1, clock);
    for (Instant instant : List.of(NOW, NOW.plus(Duration.ofSeconds(1)))) {
      for (AwsCredentials one : List.of(PLAIN, SESSION, PLAIN)) {
        now[0] = instant;
        who[0] = one;
        S3Signature.Get get = signature.get("x", Optional.empty(), false);
        assertThat(get.headers()).isEqualTo(expected(get, one, instant));
      }
    }
  }

  @Test
  void shouldAskOnlyAmazonForChecksumsAndOnlyWhereTheyAreWanted() {
    assertThat(signature(AMAZON, PLAIN, clock(NOW)).get("x", Optional.empty(), true).headers())
        .containsEntry("x-amz-checksum-mode", "ENABLED");
    assertThat(signature(AMAZON, PLAIN, clock(NOW)).get("x", Optional.empty(), false).headers())
        .doesNotContainKey("x-amz-checksum-mode");
    assertThat(
            signature(at("http://host"), PLAIN, clock(NOW))
                .get("x", Optional.empty(), true)
                .headers())
        .doesNotContainKey("x-amz-checksum-mode");
  }

  @Test
  void shouldSignNothingForWhoIsAnonymous() {
    S3Access anonymous = new S3Access(Optional.empty(), Optional.empty(), true);
    assertThat(
            signature(anonymous, PLAIN, clock(NOW))
                .get("x", Optional.of("bytes=0-1"), false)
                .headers())
        .isEqualTo(Map.of("range", "bytes=0-1"));
  }
}
