package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceAddressTest {
  @ParameterizedTest
  @ValueSource(strings = {"/data/images", "images", "s3://bucket", "s3://b/p/", "file:///a/{x}"})
  void shouldNameAllThatIsThere(String uri) {
    assertThat(SourceAddress.parse(uri)).isEqualTo(SourceAddress.everything(uri));
  }

  @ParameterizedTest
  @CsvSource({
    "s3://b/a/x.tar, s3://b/a, x.tar",
    "s3://b/x.tar, s3://b, x.tar",
    "/d/x.TAR, /d, x.TAR",
    "/x.tar, /, x.tar",
    "x.tar, ., x.tar",
    "file:///x.tar, file:///, x.tar",
    "file:///d/x.tar, file:///d, x.tar"
  })
  void shouldNameOneShard(String uri, String root, String shard) {
    SourceAddress address = SourceAddress.parse(uri);
    assertThat(address.root()).isEqualTo(root);
    assertThat(address.prefix()).isEqualTo(shard);
    assertThat(address.shards()).containsExactly(shard);
  }

  @Test
  void shouldCountWithLeadingZerosAndListAlternatives() {
    SourceAddress address = SourceAddress.parse("s3://b/a/{train,val}-{008..011}.tar");
    assertThat(address.root()).isEqualTo("s3://b/a");
    assertThat(address.prefix()).isEmpty();
    assertThat(address.shards())
        .hasSize(8)
        .contains("train-008.tar", "train-011.tar", "val-009.tar");
    assertThat(SourceAddress.parse("/d/p-{0..11}/x.tar").shards())
        .contains("p-0/x.tar", "p-11/x.tar")
        .hasSize(12);
    assertThat(SourceAddress.parse("/d/p-{0..11}/x.tar").prefix()).isEqualTo("p-");
  }

  @Test
  void shouldTakeAFolderForOneWhateverItsName(@TempDir Path temp) throws IOException {
    String folder = Files.createDirectory(temp.resolve("x.tar")).toString();
    assertThat(SourceAddress.parse(folder)).isEqualTo(SourceAddress.everything(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s3://{a,b}/x.tar | no bucket",
        "s3://x.tar | no bucket",
        "/d/{0..3.tar | without its other one",
        "/d/{9..3}.tar | does not count up",
        "/d/{a..c}.tar | neither",
        "/d/{}.tar | neither",
        "/d/{0..99999}{0..99999}.tar | more than 1000000"
      })
  void shouldRefuseWhatMakesNoSense(String uri, String why) {
    assertThatThrownBy(() -> SourceAddress.parse(uri))
        .isInstanceOf(SourceException.class)
        .hasMessageStartingWith(uri)
        .hasMessageContaining(why);
  }
}
