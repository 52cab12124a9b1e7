package org.ijepa.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.regions.Region;

class S3SignatureTest {
  private static final S3Access AMAZON = S3Access.amazon();

  private static S3Signature.Get get(String bucket, S3Access access, boolean checksums) {
    S3Signature signature =
        new S3Signature(
            bucket,
            access,
            () -> AwsBasicCredentials.create("AKIDEXAMPLE", "wJalr/+"),
            () -> Region.EU_CENTRAL_1);
    return signature.get("a/b c.jpg", Optional.of("bytes=0-1"), checksums);
  }

  private static S3Access at(String endpoint) {
    return new S3Access(Optional.of(URI.create(endpoint)), Optional.empty(), false);
  }

  @Test
  void shouldAddressBucketsAsTheirServersWantIt() {
    assertThat(get("bucket", AMAZON, false).uri())
        .hasToString("https://bucket.s3.eu-central-1.amazonaws.com/a/b%20c.jpg");
    assertThat(get("with.dots", AMAZON, false).uri())
        .hasToString("https://s3.eu-central-1.amazonaws.com/with.dots/a/b%20c.jpg");
    assertThat(get("bucket", at("http://host:9000//"), false).uri())
        .hasToString("http://host:9000/bucket/a/b%20c.jpg");
  }

  @Test
  void shouldSignWhatItAsksFor() {
    assertThat(get("bucket", AMAZON, true).headers())
        .containsEntry("Range", "bytes=0-1")
        .hasEntrySatisfying(
            "Authorization",
            value ->
                assertThat(value)
                    .startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
                    .contains("/eu-central-1/s3/aws4_request", "range", StatedChecksum.MODE));
  }

  @Test
  void shouldAskOnlyAmazonForChecksumsAndOnlyWhereTheyAreWanted() {
    assertThat(get("bucket", AMAZON, true).headers())
        .containsEntry("x-amz-checksum-mode", "ENABLED");
    assertThat(get("bucket", AMAZON, false).headers()).doesNotContainKey("x-amz-checksum-mode");
    assertThat(get("bucket", at("http://host"), true).headers())
        .doesNotContainKey("x-amz-checksum-mode");
  }

  @Test
  void shouldSignNothingForWhoIsAnonymous() {
    S3Access anonymous = new S3Access(Optional.empty(), Optional.empty(), true);
    assertThat(get("bucket", anonymous, false).headers()).isEqualTo(Map.of("Range", "bytes=0-1"));
  }
}
