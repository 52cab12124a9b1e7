package org.ijepa.batch;

import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import org.junit.jupiter.api.Test;

class FileMemoryTest {
  private final FileMemory memory = new FileMemory();

  @Test
  void shouldHoldOneFileAfterAnother() {
    for (String file : new String[] {"first", "", "x".repeat(100_000), "last"}) {
      assertThat(ByteString.fromByteBuffer(memory.of(ByteString.fromString(file))).utf8String())
          .isEqualTo(file);
      memory.trim();
    }
    assertThat(memory.held()).isEqualTo(125_000);
  }

  @Test
  void shouldHaveRoomForAFileOfAnyLength() {
    for (int bytes : new int[] {1, 100_000, 60 << 20, 430_000_000, Integer.MAX_VALUE}) {
      assertThat(FileMemory.capacity(bytes)).isGreaterThanOrEqualTo(bytes);
    }
  }

  @Test
  void shouldGiveBackTheMemoryOfAGiant() {
    assertThat(memory.of(ByteString.fromArrayUnsafe(new byte[65 << 20])).remaining())
        .isEqualTo(65 << 20);
    memory.trim();
    assertThat(memory.held()).isZero();
  }
}
