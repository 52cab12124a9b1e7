package org.ijepa.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class LedgerSegmentTest {
  private static final LedgerHeader HEADER = Ledgers.header();

  private static LedgerContents join(List<LedgerSegment> segments) throws IOException {
    LedgerJoin join = new LedgerJoin("checkpoint");
    for (LedgerSegment segment : segments) {
      join.add(segment.name(), segment.encode());
    }
    return join.contents();
  }

  @Property(tries = 100)
  void shouldGiveTheLedgerBack(
      @ForAll @IntRange(max = 30) int count, @ForAll @IntRange(min = 1, max = 31) int steps)
      throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, count);
    List<LedgerSegment> segments = LedgerSegment.of(HEADER, entries, steps);

    assertThat(segments).hasSize(Math.max(1, (count + steps - 1) / steps));
    assertThat(segments).allMatch(segment -> LedgerSegment.isName(segment.name()));
    assertThat(segments.stream().map(LedgerSegment::name)).isSorted();
    assertThat(join(segments).header()).isEqualTo(HEADER);
    assertThat(join(segments).entries()).isEqualTo(entries);
  }

  @Test
  void shouldTakeTheWholeLedgerOfAnEarlierVersion() throws IOException {
    List<LedgerEntry> entries = Ledgers.entries(HEADER, 5);
    assertThat(LedgerSegment.isName("ledger.jsonl")).isTrue();
    LedgerJoin join = new LedgerJoin("checkpoint");
    join.add("ledger.jsonl", LedgerFile.encode(HEADER, entries));
    assertThat(join.contents().entries()).isEqualTo(entries);
  }

  @Test
  void shouldNameWhatIsMissing() {
    List<LedgerSegment> segments = LedgerSegment.of(HEADER, Ledgers.entries(HEADER, 9), 3);
    assertThatThrownBy(() -> join(List.of(segments.get(0), segments.get(2))))
        .isInstanceOf(LedgerFormatException.class)
        .hasMessage("checkpoint/ledger-000000006.jsonl: step 6 where step 3 follows");
    assertThatThrownBy(() -> join(List.of())).hasMessage("checkpoint has no ledger");
  }

  @Test
  void shouldRefuseTheSegmentOfAnotherLedger() {
    LedgerHeader other =
        new LedgerHeader(
            HEADER.formatVersion(),
            HEADER.seed() + 1,
            HEADER.sources(),
            HEADER.indexFingerprint(),
            HEADER.globalBatch(),
            HEADER.streams(),
            HEADER.tail());
    LedgerSegment first = LedgerSegment.of(HEADER, Ledgers.entries(HEADER, 3), 3).get(0);
    LedgerSegment second = new LedgerSegment(other, 3, List.of());
    assertThatThrownBy(() -> join(List.of(first, second)))
        .hasMessageContaining("is of another ledger");
  }
}
