package org.ijepa.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LedgerChainTest {
  @Test
  void shouldHashTheBytesThatTheFormatNames() throws Exception {
    LedgerHeader header = Ledgers.header();
    LedgerEntry entry =
        LedgerChain.begin(header).append(0, true, List.of(new Substitute(5, 6)), 0.25);
    byte[] expected =
        ByteBuffer.allocate(32 + 8 + 1 + 8 + 4 + 8)
            .put(HexFormat.of().parseHex(header.hash()))
            .putLong(0)
            .put((byte) 1)
            .putDouble(0.25)
            .putInt(1)
            .putInt(5)
            .putInt(6)
            .array();
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(expected);
    assertThat(entry.hash()).isEqualTo(HexFormat.of().formatHex(hash));
  }

  @Test
  void shouldGoOnFromAHeadAsIfNeverInterrupted() {
    LedgerHeader header = Ledgers.header();
    List<LedgerEntry> whole = Ledgers.entries(header, 6);
    LedgerChain resumed = LedgerChain.resume(whole.get(3).hash(), 4);
    LedgerEntry expected = whole.get(4);
    assertThat(resumed.append(4, expected.skipped(), expected.substitutes(), expected.loss()))
        .isEqualTo(expected);
    assertThat(resumed.head()).isEqualTo(expected.hash());
    assertThat(resumed.nextStep()).isEqualTo(5);
  }

  @Test
  void shouldRefuseAnotherStepThanTheNext() {
    LedgerChain chain = LedgerChain.begin(Ledgers.header());
    assertThatThrownBy(() -> chain.append(1, false, List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("step 1 cannot be appended to a ledger that goes on with step 0");
    assertThat(chain.nextStep()).isZero();
  }

  @Test
  void shouldRefuseSubstitutesThatDoNotAscend() {
    LedgerChain chain = LedgerChain.begin(Ledgers.header());
    List<Substitute> twice = List.of(new Substitute(1, 1), new Substitute(1, 2));
    assertThatThrownBy(() -> chain.append(0, false, twice, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ascending slot");
    assertThatThrownBy(() -> new Substitute(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
