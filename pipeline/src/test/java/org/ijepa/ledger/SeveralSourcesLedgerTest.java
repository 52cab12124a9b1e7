package org.ijepa.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ijepa.ledger.LedgerHeader.Source;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.order.Tail;
import org.junit.jupiter.api.Test;

final class SeveralSourcesLedgerTest {
  private static final int STEPS = 520;
  private static final Source IMAGES = source(700, 29, "aa01", Shards.NONE);
  private static final Source SHARDED = source(300, 12, "aa02", new Shards(List.of(5L, 7L), 4));
  private static final LedgerHeader HEADER = header(List.of(IMAGES, SHARDED));

  private static Source source(int perMille, long samples, String fingerprint, Shards shards) {
    return new Source(new SourceShare(perMille, samples, shards), fingerprint);
  }

  private static LedgerHeader header(List<Source> sources) {
    return new LedgerHeader(LedgerHeader.FORMAT_VERSION, 3, sources, "00ffab", 4, 2, Tail.CARRY);
  }

  private static List<LedgerEntry> entries() {
    return new ArrayList<>(Ledgers.entries(HEADER, STEPS));
  }

  @Test
  void shouldProveEachSourceByItself() {
    LedgerReport report = LedgerVerifier.verify(HEADER, entries());
    assertThat(report.problems()).isEmpty();
    assertThat(report.sources())
        .extracting(LedgerReport.SourceUse::perMille, LedgerReport.SourceUse::samples)
        .containsExactly(tuple(700, 29L), tuple(300, 12L));
    long used = report.sources().stream().mapToLong(LedgerReport.SourceUse::placesUsed).sum();
    assertThat(used).isEqualTo(4 * STEPS);
    for (int source = 0; source < 2; source++) {
      int number = source;
      List<LedgerReport.EpochUse> epochs =
          report.epochs().stream().filter(epoch -> epoch.source() == number).toList();
      assertThat(epochs.stream().filter(LedgerReport.EpochUse::isComplete).count())
          .isGreaterThan(40);
      assertThat(epochs)
          .filteredOn(LedgerReport.EpochUse::isComplete)
          .allMatch(epoch -> epoch.samples() == HEADER.order().samples(number))
          .allMatch(epoch -> epoch.tail() == 0);
      assertThat(epochs.stream().mapToLong(LedgerReport.EpochUse::placesUsed).sum())
          .isEqualTo(report.sources().get(source).placesUsed());
    }
  }

  @Test
  void shouldNameSubstitutesByTheirSource() {
    SampleOrder order = HEADER.order();
    LedgerReport report = LedgerVerifier.verify(HEADER, entries());
    Place place = order.place(1, 0);
    LedgerReport.EpochUse its =
        report.epochs().stream()
            .filter(e -> e.source() == place.source() && e.epoch() == place.epoch())
            .findFirst()
            .orElseThrow();
    long first = order.firstSample(place.source());
    assertThat(its.substitutes())
        .contains(
            new LedgerReport.SubstituteUse(
                1, 0, place.sample() - first, 2, order.substitute(place, 2) - first));
    report
        .epochs()
        .forEach(
            epoch ->
                assertThat(epoch.substitutes())
                    .allMatch(use -> use.substitute() < order.samples(epoch.source())));
  }

  @Test
  void shouldReadWhatItWrote() throws IOException {
    byte[] bytes = LedgerFile.encode(HEADER, entries());
    LedgerContents read = LedgerFile.decode(new ByteArrayInputStream(bytes), "a ledger in memory");
    assertThat(read.header()).isEqualTo(HEADER);
    assertThat(new String(bytes, StandardCharsets.UTF_8))
        .startsWith(
            "{\"ledger\":1,\"seed\":3,\"index_fingerprint\":\"00ffab\",\"global_batch\":4,"
                + "\"streams\":2,\"tail\":\"carry\",\"sources\":["
                + "{\"per_mille\":700,\"samples\":29,\"index_fingerprint\":\"aa01\"},"
                + "{\"per_mille\":300,\"samples\":12,\"index_fingerprint\":\"aa02\","
                + "\"window\":4,\"shards\":[[5,1],[7,1]]}]}\n");
    assertThat(LedgerVerifier.verify(read.header(), read.entries()).isIntact()).isTrue();
  }

  @Test
  void shouldFailOnAnyChangeOfASource() {
    for (List<Source> changed :
        List.of(
            List.of(source(701, 29, "aa01", Shards.NONE), source(299, 12, "aa02", shards())),
            List.of(source(700, 30, "aa01", Shards.NONE), SHARDED),
            List.of(source(700, 29, "aa03", Shards.NONE), SHARDED),
            List.of(IMAGES, source(300, 12, "aa02", Shards.NONE)),
            List.of(IMAGES, source(300, 12, "aa02", new Shards(List.of(7L, 5L), 4))),
            List.of(IMAGES, source(300, 12, "aa02", new Shards(List.of(5L, 7L), 5))),
            List.of(SHARDED, IMAGES))) {
      assertThat(LedgerVerifier.verify(header(changed), entries()).problems())
          .anySatisfy(problem -> assertThat(problem).contains("does not continue the header"));
    }
  }

  private static Shards shards() {
    return SHARDED.share().shards();
  }

  @Test
  void shouldFailOnAOneSourceHeaderInItsPlace() {
    LedgerHeader one = new LedgerHeader(1, 3, 41, "00ffab", 4, 2, Tail.CARRY, Shards.NONE);
    assertThat(LedgerVerifier.verify(one, entries()).isIntact()).isFalse();
  }

  @Test
  void shouldNameTheSourceOfWhatWasUsedTwice() {
    List<LedgerEntry> entries = entries();
    entries.add(3, entries.get(3));
    assertThat(LedgerVerifier.verify(HEADER, entries).problems())
        .contains("step 3 stands where step 4 should")
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .matches(".* of epoch \\d+ of source [12], which was used before"));
    List<LedgerEntry> late = entries();
    late.add(late.get(0));
    assertThat(LedgerVerifier.verify(HEADER, late).problems())
        .anySatisfy(
            problem ->
                assertThat(problem).matches(".* epoch 0 of source [12], which was complete"));
  }

  @Test
  void shouldFailOnADroppedOrSwappedLine() {
    List<LedgerEntry> dropped = entries();
    dropped.remove(7);
    assertThat(LedgerVerifier.verify(HEADER, dropped).problems())
        .contains("step 8 stands where step 7 should")
        .anySatisfy(problem -> assertThat(problem).matches("stream . had source .* instead of .*"));
    List<LedgerEntry> swapped = entries();
    Collections.swap(swapped, 9, 10);
    assertThat(LedgerVerifier.verify(HEADER, swapped).isIntact()).isFalse();
  }

  @Test
  void shouldNotVerifySharesThatAreNotAWhole() {
    LedgerHeader wrong = header(List.of(IMAGES, source(200, 12, "aa02", Shards.NONE)));
    assertThatThrownBy(() -> LedgerVerifier.verify(wrong, List.of()))
        .hasMessageContaining("sum to 900 in 1000");
  }

  @Test
  void shouldKeepTheHashOfALedgerOfOneSource() {
    // As a program from before there were several sources made it.
    assertThat(Ledgers.header().hash())
        .isEqualTo("a39d6a5cc99859a55707f148b35b5b4bf928ba6b8c8b36808d137f7397b9b704");
    assertThat(
            new LedgerHeader(
                    1, 3, 22, "00ffab", 4, 2, Tail.CARRY, new Shards(List.of(7L, 7L, 5L, 3L), 6))
                .hash())
        .isEqualTo("2a86ee01cff56dac62d422747b059d0b693f0041a7753e53fdfb30040f509a1b");
  }
}
