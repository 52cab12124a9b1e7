package org.ijepa.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.junit.jupiter.api.Test;

final class LedgerVerifierTest {
  private static final LedgerHeader HEADER = Ledgers.header();
  private static final int STEPS = 13;

  private static List<LedgerEntry> intact() {
    return new ArrayList<>(Ledgers.entries(HEADER, STEPS));
  }

  @Test
  void shouldPassAnIntactLedgerAndListWhatIsApart() {
    LedgerReport report = LedgerVerifier.verify(HEADER, intact());
    assertThat(report.problems()).isEmpty();
    assertThat(report.isIntact()).isTrue();
    assertThat(report.steps()).isEqualTo(STEPS);
    assertThat(report.skippedSteps()).containsExactly(2L);
    // 22 samples in batches of 4: five steps an epoch, two samples in the tail.
    assertThat(report.epochs()).hasSize(3);
    LedgerReport.EpochUse first = report.epochs().get(0);
    assertThat(first.isComplete()).isTrue();
    assertThat(first.samples()).isEqualTo(20);
    assertThat(first.tail()).isEqualTo(2);
    assertThat(first.placesSkipped()).isEqualTo(4);
    assertThat(report.epochs().get(2).isComplete()).isFalse();
    assertThat(report.epochs().get(2).placesUsed()).isEqualTo(12);
    SampleOrder order = HEADER.order();
    Place place = order.place(1, 3);
    assertThat(first.substitutes())
        .hasSize(4)
        .contains(
            new LedgerReport.SubstituteUse(1, 3, place.sample(), 1, order.substitute(place, 1)));
  }

  @Test
  void shouldPassALedgerWithoutEntries() {
    LedgerReport report = LedgerVerifier.verify(HEADER, List.of());
    assertThat(report.isIntact()).isTrue();
    assertThat(report.epochs()).isEmpty();
  }

  @Property(tries = 60)
  void shouldCountAsSetsDo(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 5) int share,
      @ForAll @IntRange(min = 1, max = 4) int streams,
      @ForAll @IntRange(min = 20, max = 70) int samples,
      @ForAll Tail tail) {
    LedgerHeader header = Ledgers.header(seed, samples, share * streams, streams, tail);
    SampleOrder order = header.order();
    Map<Long, Set<Long>> seen = new TreeMap<>();
    for (long step = 0; step < 40; step++) {
      for (int slot = 0; slot < share * streams; slot++) {
        Place place = order.place(step, slot);
        seen.computeIfAbsent(place.epoch(), e -> new HashSet<>()).add(place.sample());
      }
    }
    List<LedgerEntry> entries = new ArrayList<>();
    LedgerChain chain = LedgerChain.begin(header);
    for (long step = 0; step < 40; step++) {
      entries.add(chain.append(step, false, List.of(), 1));
    }
    LedgerReport report = LedgerVerifier.verify(header, entries);
    assertThat(report.isIntact()).isTrue();
    assertThat(report.epochs()).hasSize(seen.size());
    for (LedgerReport.EpochUse epoch : report.epochs()) {
      assertThat(epoch.samples()).isEqualTo(seen.get(epoch.epoch()).size());
      assertThat(epoch.isComplete()).isEqualTo(epoch.samples() + epoch.tail() == samples);
    }
  }

  @Test
  void shouldFailOnAChangedLossOfAnyStep() {
    for (int step = 0; step < STEPS; step++) {
      LedgerEntry entry = intact().get(step);
      double loss = step == 2 ? 0.5 : Math.nextUp(entry.loss());
      assertStepFails(
          step, new LedgerEntry(step, entry.skipped(), entry.substitutes(), loss, entry.hash()));
    }
  }

  @Test
  void shouldFailOnAChangedSkipOfAnyStep() {
    for (int step = 0; step < STEPS; step++) {
      LedgerEntry entry = intact().get(step);
      assertStepFails(
          step,
          new LedgerEntry(step, !entry.skipped(), entry.substitutes(), entry.loss(), entry.hash()));
    }
  }

  @Test
  void shouldFailOnAChangedSubstitute() {
    LedgerEntry entry = intact().get(4);
    for (List<Substitute> changed :
        List.of(
            List.<Substitute>of(),
            List.of(new Substitute(0, 2)),
            List.of(new Substitute(0, 2), new Substitute(3, 2)),
            List.of(new Substitute(0, 2), new Substitute(2, 1)))) {
      assertStepFails(4, new LedgerEntry(4, false, changed, entry.loss(), entry.hash()));
    }
  }

  @Test
  void shouldFailOnAChangedHashOfAnyStep() {
    for (int step = 0; step < STEPS; step++) {
      LedgerEntry entry = intact().get(step);
      assertStepFails(
          step,
          new LedgerEntry(step, entry.skipped(), entry.substitutes(), entry.loss(), HEADER.hash()));
    }
  }

  private static void assertStepFails(int step, LedgerEntry changed) {
    List<LedgerEntry> entries = intact();
    entries.set(step, changed);
    assertThat(LedgerVerifier.verify(HEADER, entries).problems())
        .anySatisfy(problem -> assertThat(problem).contains("hash of step " + step));
  }

  @Test
  void shouldFailOnADroppedLine() {
    for (int step = 0; step < STEPS - 1; step++) {
      List<LedgerEntry> entries = intact();
      entries.remove(step);
      assertThat(LedgerVerifier.verify(HEADER, entries).problems())
          .contains("step " + (step + 1) + " stands where step " + step + " should");
    }
  }

  private static LedgerContents contents(List<LedgerEntry> entries) {
    return new LedgerContents(HEADER, entries, Optional.empty());
  }

  @Test
  void shouldFindAMissingEndOnlyByWhatWasStored() {
    for (int steps = 0; steps < STEPS; steps++) {
      List<LedgerEntry> cut = intact().subList(0, steps);
      assertThat(LedgerVerifier.verify(HEADER, cut).isIntact()).isTrue();
      assertThat(contents(cut).departureFrom(contents(intact())))
          .contains("it has " + steps + " steps of 13 that were stored");
      assertThat(contents(intact()).departureFrom(contents(cut))).isEmpty();
    }
    assertThat(contents(intact()).departureFrom(contents(intact()))).isEmpty();
  }

  @Test
  void shouldFindAChainThatWasMadeAnewOnlyByWhatWasStored() {
    for (int changed = 0; changed < STEPS; changed++) {
      List<LedgerEntry> anew = new ArrayList<>();
      LedgerChain chain = LedgerChain.begin(HEADER);
      for (LedgerEntry entry : intact()) {
        boolean skipped = entry.skipped() ^ entry.step() == changed;
        anew.add(
            chain.append(entry.step(), skipped, entry.substitutes(), skipped ? Double.NaN : 1));
      }
      assertThat(LedgerVerifier.verify(HEADER, anew).isIntact()).isTrue();
      assertThat(contents(anew).departureFrom(contents(intact()))).isPresent();
    }
    LedgerHeader other = Ledgers.header(4, 22, 4, 2, Tail.DROP);
    assertThat(
            new LedgerContents(other, Ledgers.entries(other, STEPS), Optional.empty())
                .departureFrom(contents(intact())))
        .contains("its header is not the one that was stored");
  }

  @Test
  void shouldNameTheStepThatIsNotTheOneThatWasStored() {
    List<LedgerEntry> changed = intact();
    LedgerEntry entry = changed.get(5);
    changed.set(
        5,
        new LedgerEntry(5, entry.skipped(), entry.substitutes(), entry.loss() / 2, entry.hash()));
    assertThat(contents(changed).departureFrom(contents(intact())))
        .contains("step 5 is not the one that was stored");
  }

  @Test
  void shouldFailOnARepeatedLine() {
    List<LedgerEntry> entries = intact();
    entries.add(3, entries.get(3));
    assertThat(LedgerVerifier.verify(HEADER, entries).problems())
        .contains("step 3 stands where step 4 should")
        .anySatisfy(problem -> assertThat(problem).contains("which was used before"));
  }

  @Test
  void shouldFailOnALineOfACompleteEpoch() {
    List<LedgerEntry> entries = intact();
    entries.add(entries.get(0));
    assertThat(LedgerVerifier.verify(HEADER, entries).problems())
        .anySatisfy(problem -> assertThat(problem).contains("epoch 0, which was complete"));
  }

  @Test
  void shouldFailOnSwappedLines() {
    for (int step = 0; step < STEPS - 1; step++) {
      List<LedgerEntry> entries = intact();
      Collections.swap(entries, step, step + 1);
      assertThat(LedgerVerifier.verify(HEADER, entries).isIntact()).isFalse();
    }
  }

  @Test
  void shouldFailOnAnyChangeOfTheHeader() {
    for (LedgerHeader changed :
        List.of(
            Ledgers.header(4, 22, 4, 2, Tail.DROP),
            Ledgers.header(3, 23, 4, 2, Tail.DROP),
            Ledgers.header(3, 22, 8, 2, Tail.DROP),
            Ledgers.header(3, 22, 4, 1, Tail.DROP),
            Ledgers.header(3, 22, 4, 2, Tail.CARRY),
            new LedgerHeader(1, 3, 22, "00ffac", 4, 2, Tail.DROP, Shards.NONE))) {
      assertThat(LedgerVerifier.verify(changed, intact()).problems())
          .anySatisfy(problem -> assertThat(problem).contains("does not continue the header"));
    }
  }

  private static LedgerHeader sharded(List<Long> shards, int window) {
    return new LedgerHeader(1, 3, 22, "00ffab", 4, 2, Tail.CARRY, new Shards(shards, window));
  }

  @Test
  void shouldProveARunFromShards() throws IOException {
    LedgerHeader header = sharded(List.of(7L, 7L, 5L, 3L), 6);
    List<LedgerEntry> entries = Ledgers.entries(header, 20);
    LedgerContents read =
        LedgerFile.decode(
            new ByteArrayInputStream(LedgerFile.encode(header, entries)), "a ledger in memory");
    assertThat(read.header()).isEqualTo(header);
    LedgerReport report = LedgerVerifier.verify(read.header(), read.entries());
    assertThat(report.problems()).isEmpty();
    assertThat(report.epochs().get(0).isComplete()).isTrue();
    assertThat(report.epochs().get(0).samples()).isEqualTo(22);
  }

  @Test
  void shouldFailOnAnyChangeOfTheShards() {
    LedgerHeader header = sharded(List.of(7L, 7L, 5L, 3L), 6);
    for (LedgerHeader changed :
        List.of(
            sharded(List.of(7L, 5L, 7L, 3L), 6),
            sharded(List.of(7L, 7L, 8L), 6),
            sharded(List.of(7L, 7L, 5L, 3L), 7),
            Ledgers.header(3, 22, 4, 2, Tail.CARRY))) {
      assertThat(LedgerVerifier.verify(changed, Ledgers.entries(header, 5)).problems())
          .anySatisfy(problem -> assertThat(problem).contains("does not continue the header"));
    }
  }

  @Test
  void shouldFailOnASubstituteOutsideTheGlobalBatch() {
    LedgerEntry entry =
        LedgerChain.begin(HEADER).append(0, false, List.of(new Substitute(4, 1)), 1);
    assertThat(LedgerVerifier.verify(HEADER, List.of(entry)).problems())
        .containsExactly("step 0 names a substitute at slot 4 of a global batch of 4");
  }

  @Test
  void shouldTellOnlyTheFirstOfManyProblems() {
    List<LedgerEntry> entries = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      entries.add(intact().get(0));
    }
    List<String> problems = LedgerVerifier.verify(HEADER, entries).problems();
    assertThat(problems).hasSize(21);
    assertThat(problems.get(20)).matches("and \\d+ more");
  }

  @Test
  void shouldRefuseAHeaderWhoseNumbersDoNotGoTogether() {
    LedgerHeader wrong = Ledgers.header(3, 22, 4, 3, Tail.DROP);
    assertThatThrownBy(() -> LedgerVerifier.verify(wrong, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("order.streams = 3");
  }
}
