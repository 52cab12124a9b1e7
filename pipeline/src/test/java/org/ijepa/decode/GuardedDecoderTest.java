package org.ijepa.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuardedDecoderTest {
  private static final byte[] CRASHING = {1, 2, 3, 4};

  private final List<ByteString> decoded = new ArrayList<>();
  private final GuardedDecoder decoder =
      new GuardedDecoder(
          new DecoderDouble(
              3,
              (file, crop, side, target) ->
                  decoded.add(ByteString.fromByteBuffer(file.duplicate()))));

  private void decode(byte... bytes) throws BadImage {
    decoder.decodeMiddle(ByteString.fromArray(bytes), 1, ByteBuffer.allocateDirect(3));
  }

  @Test
  void shouldKeepKnownFilesFromTheDecoderAndNoOthers() throws Exception {
    CrashingFile known = CrashingFile.of(ByteBuffer.wrap(CRASHING));
    decode(CRASHING);
    decoder.refuse(List.of(known));

    assertThatThrownBy(() -> decode(CRASHING))
        .isInstanceOf(BadImage.class)
        .hasMessageContaining(known.sha256())
        .extracting(bad -> ((BadImage) bad).reason())
        .isEqualTo(BadImage.Cause.CRASHES_DECODER);
    decode((byte) 1, (byte) 2, (byte) 3, (byte) 5);
    decode((byte) 1, (byte) 2, (byte) 3);
    assertThat(decoded).extracting(ByteString::size).containsExactly(4, 4, 3);
  }

  @Test
  void shouldDigestWhatLiesBetweenPositionAndLimit() {
    ByteBuffer within = ByteBuffer.allocateDirect(6).put(new byte[] {9, 1, 2, 3, 4, 9});
    within.position(1).limit(5);
    assertThat(CrashingFile.of(within)).isEqualTo(CrashingFile.of(ByteBuffer.wrap(CRASHING)));
    assertThat(within.position()).isEqualTo(1);
  }

  @Test
  void shouldReadItsOwnTextAndNoOther() {
    CrashingFile known = CrashingFile.of(ByteBuffer.wrap(CRASHING));
    assertThat(CrashingFile.parse(known.text())).isEqualTo(Optional.of(known));
    assertThat(CrashingFile.parse("4-" + known.sha256().substring(1))).isEmpty();
    assertThat(CrashingFile.parse(known.sha256())).isEmpty();
    assertThat(CrashingFile.parse("-4-" + known.sha256())).isEmpty();
  }
}
