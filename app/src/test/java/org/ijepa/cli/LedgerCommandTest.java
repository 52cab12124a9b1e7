package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ijepa.checkpoint.CheckpointName;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.failure.ExitCode;
import org.ijepa.ledger.LedgerChain;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.ledger.LedgerSegment;
import org.ijepa.ledger.Substitute;
import org.ijepa.node.Services;
import org.ijepa.order.Place;
import org.ijepa.order.Shards;
import org.ijepa.order.Tail;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;
import org.ijepa.source.IndexFile;
import org.ijepa.source.SampleIndex;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a ledger that somebody falsified after the run. */
final class LedgerCommandTest {
  private static final LedgerHeader HEADER =
      new LedgerHeader(1, 3, 22, "00ffab", 4, 2, Tail.DROP, Shards.NONE);
  private static final int STEPS = 12;
  private static final int STORED = 9;
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(10), Duration.ofMillis(10), Duration.ZERO, Duration.ofSeconds(20));

  private static ActorSystem<Object> system;

  @TempDir Path run;
  private Path ledger;

  @BeforeAll
  static void startSystem() {
    system = Services.start(4);
  }

  @AfterAll
  static void stopSystem() {
    Services.stop(system);
  }

  private static List<LedgerEntry> entries(double loss) {
    List<LedgerEntry> entries = new ArrayList<>();
    LedgerChain chain = LedgerChain.begin(HEADER);
    for (int step = 0; step < STEPS; step++) {
      entries.add(chain.append(step, false, List.of(), loss + step));
    }
    return entries;
  }

  @BeforeEach
  void writeRun() throws IOException {
    ledger = run.resolve("ledger.jsonl");
    Files.write(ledger, LedgerFile.encode(HEADER, entries(1)));
    Files.writeString(
        run.resolve("resolved.conf"), Settings.load(Optional.empty(), List.of()).render());
    String place = RunFolder.checkpoints(run).toString();
    CheckpointStore checkpoints =
        new CheckpointStore(
            place, Store.open(place, S3Access.amazon(), ONCE, system), run.resolve("tmp"), system);
    for (int steps : new int[] {5, STORED}) {
      checkpoints.complete(
          new CheckpointName(steps, 1),
          List.of(),
          LedgerSegment.of(HEADER, entries(1).subList(0, steps), 4),
          "{}".getBytes(StandardCharsets.UTF_8));
    }
  }

  private Outcome verify() {
    return Outcome.run("ledger", "verify", "--run", run.toString());
  }

  private void assertWrong(String problem) {
    Outcome outcome = verify();
    assertThat(outcome.out()).contains("WRONG " + problem).contains("ledger: WRONG");
    assertThat(outcome.code()).isEqualTo(ExitCode.CHECK_FAILED.number());
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(ledger);
  }

  @Test
  void shouldProveWhatNobodyTouched() {
    Outcome outcome = verify();
    assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("12 steps, 0 of them skipped")
        .contains("compared with checkpoint step-000000009-g1; the 3 steps after it")
        .contains("ledger: proven");
  }

  @Test
  void shouldFailOnAChangedLine() throws IOException {
    List<String> lines = lines();
    lines.set(4, lines.get(4).replace("\"loss\":4.0", "\"loss\":4.5"));
    assertThat(lines).isNotEqualTo(lines());
    Files.write(ledger, lines);
    assertWrong("the hash of step 3 does not continue the chain");
  }

  @Test
  void shouldFailOnALedgerWhoseEndWasCutOff() throws IOException {
    Files.write(ledger, lines().subList(0, STORED));
    assertWrong("it has 8 steps of 9 that were stored with checkpoint step-000000009-g1");
    // What came after the checkpoint nobody has stored.
    Files.write(ledger, LedgerFile.encode(HEADER, entries(1).subList(0, STORED)));
    assertThat(verify().code()).isZero();
  }

  @Test
  void shouldFailOnAChainThatWasComputedAnew() throws IOException {
    Files.write(ledger, LedgerFile.encode(HEADER, entries(0.5)));
    assertWrong("step 0 is not the one that was stored with checkpoint step-000000009-g1");
  }

  @Test
  void shouldFailWhereTheCheckpointsCopyIsDamaged() throws IOException {
    Path copy = RunFolder.checkpoints(run).resolve("step-000000009-g1/ledger-000000004.jsonl");
    Files.writeString(copy, Files.readString(copy).replace("5.0", "6.0"));
    assertWrong("the ledger of a checkpoint cannot be read: step-000000009-g1/ledger-000000004");
  }

  /** The index of as many images as the header has samples. */
  private SampleIndex index(int bytes) throws IOException {
    Path images = Files.createDirectories(run.resolve("images"));
    for (int i = 0; i < 22; i++) {
      Files.write(images.resolve("%02d.jpg".formatted(i)), new byte[bytes]);
    }
    return SampleIndex.of(Store.open(images.toString(), S3Access.amazon(), ONCE, system), system)
        .toCompletableFuture()
        .join();
  }

  /** A ledger whose step 3 has a substitute, the second try, at slot 2. */
  private void writeSubstitute(LedgerHeader header) throws IOException {
    LedgerChain chain = LedgerChain.begin(header);
    List<LedgerEntry> entries = new ArrayList<>();
    for (int step = 0; step < 4; step++) {
      List<Substitute> bad = step == 3 ? List.of(new Substitute(2, 2)) : List.of();
      entries.add(chain.append(step, false, bad, 1));
    }
    Files.write(ledger, LedgerFile.encode(header, entries));
    Files.delete(run.resolve("resolved.conf"));
  }

  private void quarantine(int... attempts) throws IOException {
    Place place = HEADER.order().place(3, 2);
    StringBuilder lines = new StringBuilder();
    for (int attempt : attempts) {
      lines.append(
          "{\"step\":3,\"epoch\":%d,\"position\":%d,\"attempt\":%d,\"sample\":\"x\",\"cause\":\"y\",\"substitute\":\"z\"}%n"
              .formatted(place.epoch(), place.position(), attempt));
    }
    Files.writeString(run.resolve("quarantine.jsonl"), lines);
  }

  @Test
  void shouldFailWhereTheRunsIndexIsAnother() throws IOException {
    SampleIndex was = index(5);
    writeSubstitute(new LedgerHeader(1, 3, 22, was.fingerprint(), 4, 2, Tail.DROP, Shards.NONE));
    IndexFile.save(was, run.resolve("source.index"));
    assertThat(verify().code()).isZero();
    SampleIndex is = index(6);
    IndexFile.save(is, run.resolve("source.index"));
    assertWrong("source.index has the fingerprint " + is.fingerprint());
    Files.writeString(run.resolve("source.index"), "no index");
    Outcome outcome = verify();
    assertThat(outcome.code()).isEqualTo(ExitCode.CHECK_FAILED.number());
    assertThat(outcome.out()).contains("WRONG ").contains("source.index");
  }

  @Test
  void shouldFailWhereTheQuarantineHasWhatTheLedgerHasNot() throws IOException {
    writeSubstitute(HEADER);
    quarantine(0, 1);
    Outcome outcome = verify();
    assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
    assertThat(outcome.out()).doesNotContain("says what was wrong");
    quarantine(0, 1, 2);
    assertWrong("quarantine.jsonl has attempt 2 at position");
    quarantine(0, 1, 1);
    assertWrong("quarantine.jsonl has attempt 1 at position");
  }

  @Test
  void shouldSayOfHowManySubstitutesNobodySaysWhy() throws IOException {
    writeSubstitute(HEADER);
    quarantine(1);
    Outcome outcome = verify();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("of 1 bad samples no line of quarantine.jsonl says");
  }

  @Test
  void shouldSayWhenThereIsNothingToCompareWith() throws IOException {
    Files.move(RunFolder.checkpoints(run), run.resolve("elsewhere"));
    Outcome outcome = verify();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("compared with no checkpoint");
    Files.delete(run.resolve("resolved.conf"));
    assertThat(verify().out()).contains("compared with no checkpoint");
  }
}
