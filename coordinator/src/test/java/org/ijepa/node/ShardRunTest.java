package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ijepa.coordinator.RunListener;
import org.ijepa.coordinator.RunOutcome;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerFile;
import org.ijepa.ledger.LedgerReport;
import org.ijepa.ledger.LedgerVerifier;
import org.ijepa.run.StepMetrics;
import org.ijepa.settings.Settings;
import org.ijepa.source.IndexProgress;
import org.ijepa.trainer.StepProbe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShardRunTest {
  private static final String[] SETS = {"order.window=8", "data.tail=carry"};

  @TempDir static Path shared;
  @TempDir Path temp;

  private static Path shards;
  private static Path undisturbed;

  /** The pictures of the small run in shards of 12, the third of which is cut off. */
  @BeforeAll
  static void runUndisturbed() throws Exception {
    shards = SmallRun.shards(shared.resolve("shards"), SmallRun.images(shared.resolve("images")));
    Path cut = shards.resolve("t-2.tar");
    byte[] whole = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    undisturbed = shared.resolve("undisturbed");
    List<String> notes = Collections.synchronizedList(new ArrayList<>());
    RunOutcome outcome = SmallRun.run(settings(2), undisturbed, StepProbe.NONE, listener(notes));
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(notes).anySatisfy(note -> assertThat(note).contains("t-2.tar").contains("cut off"));
    assertThat(notes)
        .startsWith(shards + ": listed 1")
        .containsSubsequence(
            shards + ": listed 4",
            shards + ": walked 1 of 4",
            shards + ": walked 4 of 4",
            shards + ": indexed");
  }

  private static Settings settings(int trainers, String... more) {
    List<String> sets = new ArrayList<>(List.of(SETS));
    sets.add("cluster.trainers=" + trainers);
    sets.addAll(List.of(more));
    return SmallRun.settings(shards, sets.toArray(String[]::new));
  }

  private static RunListener listener(List<String> notes) {
    return new RunListener() {
      @Override
      public IndexProgress indexing(String uri) {
        return new IndexProgress() {
          @Override
          public void listed(long objects) {
            notes.add(uri + ": listed " + objects);
          }

          @Override
          public void walked(long read, long of) {
            notes.add(uri + ": walked " + read + " of " + of);
          }

          @Override
          public void close() {
            notes.add(uri + ": indexed");
          }
        };
      }

      @Override
      public void committed(StepMetrics metrics) {}

      @Override
      public void noted(String text) {
        notes.add(text);
      }
    };
  }

  private static RunOutcome stopAfter(long step, Path out) throws Exception {
    return SmallRun.stopAfter(step, settings(2), out);
  }

  @Test
  void shouldProveThatEverySampleBeforeTheCutWasUsedOnceAnEpoch() throws Exception {
    LedgerContents contents = LedgerFile.read(undisturbed.resolve("ledger.jsonl"));
    LedgerReport report = LedgerVerifier.verify(contents.header(), contents.entries());
    assertThat(report.problems()).isEmpty();
    List<Long> samples = contents.header().sources().get(0).share().shards().samples();
    assertThat(samples).hasSize(4);
    assertThat(samples.get(2)).isBetween(3L, 9L);
    assertThat(report.epochs().get(0).isComplete()).isTrue();
    assertThat(report.epochs().get(0).samples()).isEqualTo(contents.header().order().samples());
  }

  @Test
  void shouldGoOnWithTheSameBitsAfterAStop() throws Exception {
    Path out = temp.resolve("run");
    assertThat(stopAfter(5, out).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    RunOutcome outcome = SmallRun.run(settings(2), out, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    assertThat(SmallRun.tensors(out)).isEqualTo(SmallRun.tensors(undisturbed));
    assertThat(SmallRun.ledger(out)).isEqualTo(SmallRun.ledger(undisturbed));
  }

  @Test
  void shouldTrainAlikeWithAnotherNumberOfTrainers() throws Exception {
    Path out = temp.resolve("run");
    SmallRun.run(settings(3), out, StepProbe.NONE);
    List<Double> losses = SmallRun.losses(out);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(losses.get(i))
          .isCloseTo(SmallRun.losses(undisturbed).get(i), within(2e-5 * losses.get(i)));
    }
  }

  @Test
  void shouldUsePartOfTheImages() throws Exception {
    Path out = temp.resolve("run");
    RunOutcome outcome =
        SmallRun.run(settings(1, "data.fraction=0.4", "optimization.steps=5"), out, StepProbe.NONE);
    assertThat(outcome.exitCode()).as(outcome.text()).isEqualTo(ExitCode.DONE);
    LedgerContents contents = LedgerFile.read(out.resolve("ledger.jsonl"));
    long all = LedgerFile.read(undisturbed.resolve("ledger.jsonl")).header().order().samples();
    assertThat(contents.header().order().samples()).isEqualTo((long) (0.4 * all));
    assertThat(LedgerVerifier.verify(contents.header(), contents.entries()).isIntact()).isTrue();
    assertThatThrownBy(() -> SmallRun.run(settings(1, "optimization.steps=5"), out, StepProbe.NONE))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("data.fraction: was 0.4, is 1.0");
  }

  @Test
  void shouldNameTheShardThatChangedUnderARun() throws Exception {
    Path out = temp.resolve("run");
    stopAfter(3, out);
    Path shard = shards.resolve("t-1.tar");
    byte[] whole = Files.readAllBytes(shard);
    try {
      Files.write(shard, Arrays.copyOf(whole, whole.length / 2));
      assertThatThrownBy(() -> SmallRun.run(settings(2), out, StepProbe.NONE))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("not the one that this run began with")
          .hasMessageContaining("1 shard has another size: t-1.tar");
    } finally {
      Files.write(shard, whole);
    }
  }
}
